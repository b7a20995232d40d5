// SPDX-License-Identifier: MIT
// A copyable owner of any callable, without <functional>.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <kaya/detail/handle.hpp>

namespace kaya {
inline namespace v1 {

template <class Signature>
class callback;

/// Holds any callable with this signature, or nothing. Copies share the callable, so it must be safe to call
/// from the threads that its user names.
template <class R, class... Args>
class callback<R(Args...)> {
 public:
  callback() noexcept = default;
  callback(std::nullptr_t) noexcept {}
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, callback> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  callback(F&& f) {
    if constexpr (!std::is_function_v<std::remove_reference_t<F>> && requires { f == nullptr; })
      if (f == nullptr) return;
    target_ = detail::handle<target>(new holder<std::decay_t<F>>(std::forward<F>(f)));
  }
  explicit operator bool() const noexcept { return static_cast<bool>(target_); }
  /// Calls it; it must not be empty.
  R operator()(Args... args) const { return target_->call(std::forward<Args>(args)...); }

 private:
  struct target : detail::counted {
    virtual ~target() = default;
    virtual R call(Args...) = 0;
  };
  template <class F>
  struct holder final : target {
    template <class G>
    explicit holder(G&& f) : function(std::forward<G>(f)) {}
    R call(Args... args) override { return static_cast<R>(function(std::forward<Args>(args)...)); }
    F function;
  };
  detail::handle<target> target_{};
};

}  // namespace v1
}  // namespace kaya
