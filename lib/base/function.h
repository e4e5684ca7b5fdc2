// SPDX-License-Identifier: Apache-2.0
#pragma once

// UniqueFunction<R(Args...)>: a move-only std::function, for completions that own what they will
// need (std::move_only_function is C++23; libstdc++ 12 has it only there).
// Belongs to whoever holds it; calling an empty one is a bug and asserts.

#include <memory>
#include <type_traits>
#include <utility>

#include "lib/base/assert.h"

namespace sheen {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  UniqueFunction(std::nullptr_t) {}  // NOLINT: implicit like std::function
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
           std::is_invocable_r_v<R, F&, Args...>)
      UniqueFunction(F&& f)  // NOLINT: implicit like std::function
      : callable_(std::make_unique<Model<std::remove_cvref_t<F>>>(std::forward<F>(f))) {}

  R operator()(Args... args) {
    SHEEN_ASSERT(callable_ != nullptr);
    return callable_->call(std::forward<Args>(args)...);
  }
  explicit operator bool() const { return callable_ != nullptr; }

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual R call(Args... args) = 0;
  };
  template <class F>
  struct Model final : Concept {
    explicit Model(F f) : function(std::move(f)) {}
    R call(Args... args) override { return function(std::forward<Args>(args)...); }
    F function;
  };
  std::unique_ptr<Concept> callable_;
};

}  // namespace sheen
