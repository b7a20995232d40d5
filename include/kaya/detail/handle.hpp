// SPDX-License-Identifier: MIT
// A shared owner with the count inside the object: what kaya needs of shared ownership, without <memory> (10
// 000 lines to include) and small enough for the headers that a model's inner files include.
#pragma once

#ifdef _MSC_VER
#include <atomic>
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

/// Base of whatever a handle owns.
class counted {
 public:
  counted() noexcept = default;
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

#ifdef _MSC_VER
  void acquire() const noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  bool release() const noexcept { return owners_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
#else
  // The builtins behind std::atomic: the header alone is 24 000 lines.
  void acquire() const noexcept { __atomic_fetch_add(&owners_, 1, __ATOMIC_RELAXED); }
  /// True for the last owner.
  bool release() const noexcept { return __atomic_fetch_sub(&owners_, 1, __ATOMIC_ACQ_REL) == 1; }
#endif

 protected:
  ~counted() = default;

 private:
#ifdef _MSC_VER
  mutable std::atomic<long> owners_{0};
#else
  mutable long owners_ = 0;
#endif
};

/// Copyable owner of a T that derives from counted; empty by default. Copies share the object; the last one
/// deletes it.
template <class T>
class handle {
 public:
  constexpr handle() noexcept = default;
  explicit handle(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->acquire();
  }
  handle(const handle& other) noexcept : handle(other.object_) {}
  handle(handle&& other) noexcept : object_(other.object_) { other.object_ = nullptr; }
  handle& operator=(handle other) noexcept {
    T* const mine = object_;
    object_ = other.object_;
    other.object_ = mine;
    return *this;
  }
  ~handle() {
    if (object_ != nullptr && object_->release()) delete object_;
  }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
