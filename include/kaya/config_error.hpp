// SPDX-License-Identifier: MIT
// The one exception that kaya throws: a mistake in the configuration, found before anything has started.
#pragma once

#include <exception>
#include <string>

namespace kaya {
inline namespace v1 {

/// A field of an options struct or an environment variable has a value that is not allowed. what() is
/// "<field>: <value> is not allowed; <what is allowed>".
class config_error : public std::exception {
 public:
  config_error(std::string field, std::string value, std::string allowed)
      : field_(static_cast<std::string&&>(field)),
        value_(static_cast<std::string&&>(value)),
        allowed_(static_cast<std::string&&>(allowed)),
        what_(field_ + ": " + value_ + " is not allowed; " + allowed_) {}

  const char* what() const noexcept override { return what_.c_str(); }
  const std::string& field() const noexcept { return field_; }
  const std::string& value() const noexcept { return value_; }
  const std::string& allowed() const noexcept { return allowed_; }

 private:
  std::string field_, value_, allowed_, what_;
};

}  // namespace v1
}  // namespace kaya
