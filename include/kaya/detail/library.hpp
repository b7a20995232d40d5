// SPDX-License-Identifier: MIT
// Libraries that are opened at run time or not at all: what makers of GPUs ship with their drivers.
#pragma once

#include <cstddef>
#include <initializer_list>

#include <kaya/detail/os.hpp>

#ifndef KAYA_PORTABLE
#include <dlfcn.h>
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

/// A shared library, never closed again: its threads and destructors may outlive whoever opened it.
class library {
 public:
  library() noexcept = default;

  /// The first of these sonames or paths that the loader finds; the loader's path decides where.
  static library open(std::initializer_list<const char*> names) noexcept {
    library result;
#ifndef KAYA_PORTABLE
    for (const char* name : names)
      if ((result.handle_ = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) != nullptr) break;
#else
    (void)names;
#endif
    return result;
  }
  /// The same, but only if this process has it open already.
  static library already_open(std::initializer_list<const char*> names) noexcept {
    library result;
#ifndef KAYA_PORTABLE
    for (const char* name : names)
      if ((result.handle_ = ::dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) != nullptr) break;
#else
    (void)names;
#endif
    return result;
  }
  explicit operator bool() const noexcept { return handle_ != nullptr; }

  /// Sets f to a function of the library, or to nullptr; gives whether it has it.
  template <class Result, class... Arguments>
  bool find(const char* name, Result (*&f)(Arguments...)) const noexcept {
    f = nullptr;
#ifndef KAYA_PORTABLE
    if (handle_ != nullptr) f = reinterpret_cast<Result (*)(Arguments...)>(::dlsym(handle_, name));
#else
    (void)name;
#endif
    return f != nullptr;
  }

 private:
  void* handle_ = nullptr;
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
