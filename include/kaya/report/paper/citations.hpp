// SPDX-License-Identifier: MIT
// What the figures of a report rest on, as entries of a bibliography. Of a source that is not known here they
// have what kaya's own texts say: an author and a year, or a name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kaya/report/record.hpp>

namespace kaya {
inline namespace v1 {
namespace report::detail {

/// An entry, whose texts are not escaped yet.
struct citation {
  std::string key{}, author{}, title{}, published{}, year{}, eprint{}, note{};
};

inline void add_citation(std::vector<citation>& list, citation c) {
  for (const citation& have : list)
    if (have.key == c.key) return;
  list.push_back(static_cast<citation&&>(c));
}

/// The data sets of grid/data/region_table.hpp, found by what their sources say.
inline void cite_intensity(std::vector<citation>& list, const intensity_line& i) {
  if (i.code.empty() && i.name == "given") return;  // by the user: there is no source
  const std::string_view source = std::string_view(i.source).substr(0, 1000);
  const auto has = [source](std::string_view part) { return source.find(part) != std::string_view::npos; };
  const std::string year = i.year != 0 ? std::to_string(i.year) : "", as = "Carbon intensity: " + i.source;
  const std::size_t before = list.size();
  if (has("Ember yearly electricity data"))
    add_citation(list, {"ember" + year, "Ember", "Yearly electricity data", "", year, "", as});
  if (has("eGRID2022"))
    add_citation(list, {"egrid2022", "United States Environmental Protection Agency", "eGRID2022", "", "2024",
                        "", as});
  if (has("CodeCarbon canada_energy_mix"))
    add_citation(list, {"codecarbon2023", "CodeCarbon", "canada_energy_mix", "", "2023", "", as});
  if (has("IPCC AR5 WG3 Annex III"))
    add_citation(list, {"ipcc2014", "IPCC", "AR5 WG3, Annex III, Table A.III.2", "", "2014", "", as});
  if (has("Australian NGA factors"))
    add_citation(list,
                 {"nga2021", "", "Australian National Greenhouse Accounts factors", "", "2021", "", as});
  if (has("Google region-carbon-info"))
    add_citation(list, {"google2024", "Google", "region-carbon-info", "", "2024", "", as});
  if (list.size() == before && !i.source.empty())
    add_citation(list, {"intensity" + year, "", i.source, "", year, "", "Carbon intensity: " + i.name});
}

/// A year of four digits that stands alone, from 1900 to 2099; empty: none.
inline std::string_view year_in(std::string_view text) noexcept {
  const auto digit = [text](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  for (std::size_t at = 0; at + 4 <= text.size(); ++at) {
    const bool alone = (at == 0 || (!digit(at - 1) && text[at - 1] != '.')) && !digit(at + 4);
    if (alone && digit(at) && digit(at + 1) && digit(at + 2) && digit(at + 3) &&
        (text.substr(at, 2) == "19" || text.substr(at, 2) == "20"))
      return text.substr(at, 4);
  }
  return {};
}

/// "(Hackenberg et al. 2015, Khan et al. 2018)", "(Yang et al., arXiv 2312.02741, 2023)" and "SPECpower" in
/// what a meter says of its accuracy.
inline void cite_accuracy(std::vector<citation>& list, std::string_view accuracy) {
  constexpr std::string_view et_al = " et al.";
  const std::string_view text = accuracy.substr(0, 1000);
  struct paper {
    std::string_view key, title, published;
    std::string_view in;  // what kaya's own texts have that name it
  };
  constexpr paper known[] = {
      {"hackenberg2015", "An Energy Efficiency Feature Survey of the Intel Haswell Processor",
       "IEEE International Parallel and Distributed Processing Symposium Workshops",
       "Hackenberg et al. 2015, Khan et al. 2018"},
      {"khan2018", "RAPL in Action: Experiences in Using RAPL for Power Measurements",
       "ACM Transactions on Modeling and Performance Evaluation of Computing Systems 3(2)",
       "Hackenberg et al. 2015, Khan et al. 2018"},
      {"yang2023", "Part-time Power Measurements: nvidia-smi's Lack of Attention", "", "arXiv 2312.02741"},
  };
  for (std::size_t at = text.find(et_al); at != std::string_view::npos; at = text.find(et_al, at + 1)) {
    if (at == 0) continue;
    const std::size_t before = text.find_last_of(" (;,", at - 1);
    const std::string_view name = text.substr(before + 1, at - before - 1);  // npos + 1 is 0
    const std::string_view rest = text.substr(at + et_al.size(), 40);
    const std::string_view year = year_in(rest);
    if (name.empty() || year.empty()) continue;
    std::string key, eprint;
    for (const char c : name)
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) key += static_cast<char>(c | 0x20);
    if (const std::size_t arxiv = rest.find("arXiv "); arxiv != std::string_view::npos)
      eprint = rest.substr(arxiv + 6, rest.find(',', arxiv) - arxiv - 6);
    citation c{
        key + std::string(year), std::string(name) + " and others", "", "", std::string(year), eprint, ""};
    for (const paper& p : known)
      if (p.key == c.key && text.find(p.in) != std::string_view::npos)
        c.title = p.title, c.published = p.published;
    if (c.title.empty()) c.note = "Accuracy of a meter: " + std::string(text);
    add_citation(list, std::move(c));
  }
  if (text.find("SPECpower") != std::string_view::npos)
    add_citation(list, {"specpower", "Standard Performance Evaluation Corporation", "SPECpower results", "",
                        "", "", "Idle and loaded power of servers"});
}

inline citation cite_kaya(const run_report& r) {
  return {"kaya",
          "",
          "kaya: energy and carbon accounting for training loops",
          "",
          "",
          "",
          "Version " + r.kaya_version};
}
/// Of the meters that the energy comes from.
inline std::vector<citation> meter_citations(const run_report& r) {
  std::vector<citation> list;
  for (const channel_line& c : r.channels)
    if (c.counted && c.energy_uj) cite_accuracy(list, c.accuracy);
  return list;
}
/// Of the carbon intensity, if there are emissions that it is in.
inline std::vector<citation> intensity_citations(const run_report& r) {
  std::vector<citation> list;
  if (r.emissions) cite_intensity(list, r.intensity);
  return list;
}

}  // namespace report::detail
}  // namespace v1
}  // namespace kaya
