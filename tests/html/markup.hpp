// SPDX-License-Identifier: MIT
// A strict reader of the HTML that kaya writes: all elements closed in their order, attributes in double
// quotes and once, no character that would have to be escaped.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kaya_test {

struct element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string inside;  // the name of the element that has it
  std::string text;    // its own, without that of elements in it
  std::string attribute(const std::string& key) const {
    const auto at = attributes.find(key);
    return at == attributes.end() ? std::string() : at->second;
  }
  bool is(std::string_view kind) const {  // one of its classes
    const std::string all = " " + attribute("class") + " ";
    return all.find(" " + std::string(kind) + " ") != std::string::npos;
  }
};

/// All elements in their order. Throws std::runtime_error at what is not well-formed.
class markup {
 public:
  explicit markup(std::string_view page) : rest_(page) {
    expect("<!DOCTYPE html>\n");
    while (!rest_.empty()) {
      if (rest_[0] != '<') text();
      else if (rest_.size() > 1 && rest_[1] == '/') close();
      else open();
    }
    if (!open_.empty()) fail("not closed: " + elements[open_.back()].name);
  }
  std::vector<element> elements{};

  std::vector<element> all(std::string_view name, std::string_view kind = {}) const {
    std::vector<element> found;
    for (const element& e : elements)
      if (e.name == name && (kind.empty() || e.is(kind))) found.push_back(e);
    return found;
  }
  /// The text of the page, as a reader sees it; style and head aside.
  std::string seen() const { return seen_; }
  /// The names of all elements and their classes: what a name in a report must not change.
  std::string skeleton() const {
    std::string s;
    for (const element& e : elements) s += e.inside + ">" + e.name + "." + e.attribute("class") + "\n";
    return s;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(why + ", before: " + std::string(rest_.substr(0, 80)));
  }
  void expect(std::string_view what) {
    if (!rest_.starts_with(what)) fail("no " + std::string(what));
    rest_.remove_prefix(what.size());
  }
  std::string word() {
    std::size_t n = 0;
    while (n < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[n])) || rest_[n] == '-')) ++n;
    if (n == 0) fail("no name");
    const std::string w(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return w;
  }
  std::string decoded(std::string_view from) const {
    std::string out;
    while (!from.empty()) {
      const unsigned char c = static_cast<unsigned char>(from[0]);
      if ((c < 0x20 && c != '\n') || c == 0x7F || c == '>' || c == '<')
        fail("a character that must be escaped");
      if (c != '&') {
        out += from[0];
        from.remove_prefix(1);
        continue;
      }
      bool known = false;
      for (const auto& [entity, means] : {std::pair<std::string_view, char>{"&amp;", '&'},
                                          {"&lt;", '<'},
                                          {"&gt;", '>'},
                                          {"&quot;", '"'},
                                          {"&#39;", '\''}})
        if (from.starts_with(entity)) {
          out += means;
          from.remove_prefix(entity.size());
          known = true;
          break;
        }
      if (!known) fail("a bare &");
    }
    return out;
  }
  void text() {
    const std::size_t end = std::min(rest_.find('<'), rest_.size());
    const std::string own = decoded(rest_.substr(0, end));
    if (open_.empty() && own != "\n") fail("text outside of the page");
    if (!open_.empty()) {
      elements[open_.back()].text += own;
      const std::string& in = elements[open_.back()].name;
      if (in != "head" && in != "title" && in != "desc") seen_ += own;
    }
    rest_.remove_prefix(end);
  }
  void open() {
    expect("<");
    element e;
    e.name = word();
    e.inside = open_.empty() ? "" : elements[open_.back()].name;
    while (rest_.starts_with(" ")) {
      expect(" ");
      const std::string key = word();
      expect("=\"");
      const std::size_t end = rest_.find('"');
      if (end == rest_.npos) fail("an attribute without end");
      if (!e.attributes.emplace(key, decoded(rest_.substr(0, end))).second) fail("twice: " + key);
      if (key == "id" && !ids_.insert(e.attributes[key]).second) fail("an id twice");
      rest_.remove_prefix(end + 1);
    }
    const bool is_empty = e.name == "meta" || e.name == "link" || e.name == "br";
    const bool closed = rest_.starts_with("/>");
    if (closed) rest_.remove_prefix(2);
    else expect(">");
    const bool raw = e.name == "style";
    elements.push_back(e);
    if (!closed && !is_empty) open_.push_back(elements.size() - 1);
    if (raw) {
      const std::size_t end = rest_.find("</style>");
      if (end == rest_.npos || rest_.substr(0, end).find('<') != rest_.npos) fail("style");
      elements.back().text = rest_.substr(0, end);
      rest_.remove_prefix(end);
    }
  }
  void close() {
    expect("</");
    const std::string name = word();
    expect(">");
    if (open_.empty() || elements[open_.back()].name != name) fail("closed out of order: " + name);
    open_.pop_back();
    if (name == "p" || name == "li" || name == "td" || name == "th" || name == "h2" || name == "dd")
      seen_ += '\n';
  }
  std::string_view rest_;
  std::vector<std::size_t> open_{};
  std::set<std::string> ids_{};
  std::string seen_{};
};

}  // namespace kaya_test
