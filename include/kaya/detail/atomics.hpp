// SPDX-License-Identifier: MIT
// Atomic access to plain words: what std::atomic_ref does, without <atomic> (24 000 lines) in the headers
// that a model's inner files include.
#pragma once

#ifdef _MSC_VER
#include <atomic>
#endif

namespace kaya {
inline namespace v1 {
namespace detail {

#ifdef _MSC_VER

template <class T>
T load_relaxed(const T& word) noexcept {
  return std::atomic_ref<T>(const_cast<T&>(word)).load(std::memory_order_relaxed);
}
template <class T>
T load_acquire(const T& word) noexcept {
  return std::atomic_ref<T>(const_cast<T&>(word)).load(std::memory_order_acquire);
}
template <class T>
void store_relaxed(T& word, T value) noexcept {
  std::atomic_ref<T>(word).store(value, std::memory_order_relaxed);
}
template <class T>
void store_release(T& word, T value) noexcept {
  std::atomic_ref<T>(word).store(value, std::memory_order_release);
}
template <class T>
T exchange(T& word, T value) noexcept {
  return std::atomic_ref<T>(word).exchange(value, std::memory_order_acq_rel);
}
template <class T>
T add(T& word, T amount) noexcept {
  return std::atomic_ref<T>(word).fetch_add(amount, std::memory_order_acq_rel) + amount;
}
template <class T>
bool replace(T& word, T expected, T value) noexcept {
  return std::atomic_ref<T>(word).compare_exchange_strong(expected, value, std::memory_order_acq_rel);
}
/// Keeps the compiler from moving memory accesses across: for what a signal handler on this thread may see.
inline void signal_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

#else

template <class T>
T load_relaxed(const T& word) noexcept {
  return __atomic_load_n(&word, __ATOMIC_RELAXED);
}
template <class T>
T load_acquire(const T& word) noexcept {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
template <class T>
void store_relaxed(T& word, T value) noexcept {
  __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}
template <class T>
void store_release(T& word, T value) noexcept {
  __atomic_store_n(&word, value, __ATOMIC_RELEASE);
}
template <class T>
T exchange(T& word, T value) noexcept {
  return __atomic_exchange_n(&word, value, __ATOMIC_ACQ_REL);
}
/// Adds and gives the sum.
template <class T>
T add(T& word, T amount) noexcept {
  return __atomic_add_fetch(&word, amount, __ATOMIC_ACQ_REL);
}
template <class T>
bool replace(T& word, T expected, T value) noexcept {
  return __atomic_compare_exchange_n(&word, &expected, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
/// Keeps the compiler from moving memory accesses across: for what a signal handler on this thread may see.
inline void signal_fence() noexcept { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

#endif

/// A word that threads share: what one stores, and all that it did before, is seen by who loads it.
template <class T>
class shared_word {
 public:
  constexpr explicit shared_word(T value) noexcept : word_(value) {}
  shared_word(const shared_word&) = delete;
  shared_word& operator=(const shared_word&) = delete;

  T load() const noexcept { return load_acquire(word_); }
  void store(T value) noexcept { store_release(word_, value); }
  T exchange(T value) noexcept { return detail::exchange(word_, value); }
  void add(T amount) noexcept { detail::add(word_, amount); }

 private:
  T word_;
};

}  // namespace detail
}  // namespace v1
}  // namespace kaya
