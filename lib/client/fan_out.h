// SPDX-License-Identifier: Apache-2.0
#pragma once

// fan_out: several requests at once, one answer when the last of them is in. What it keeps belongs
// to the completions of the parts, so a client that is destroyed meanwhile leaks nothing.
// The client's thread.

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/client/types.h"

namespace sheen::client {

// start(i, Done<T>) begins part i of `count`. The results are in the order of the parts; the first
// error to arrive is the whole's error, after all parts have ended.
template <class T, class Start>
void fan_out(size_t count, Start start, Done<std::vector<T>> done) {
  struct State {
    std::vector<T> results;
    std::optional<Error> error;
    size_t open = 0;
    Done<std::vector<T>> done;
  };
  if (count == 0) return done(std::vector<T>{});
  auto state = std::make_shared<State>();
  state->results.resize(count);
  state->open = count;
  state->done = std::move(done);
  for (size_t i = 0; i < count; ++i) {
    start(i, Done<T>([state, i](Result<T> result) {
            if (result)
              state->results[i] = std::move(*result);
            else if (!state->error)
              state->error = std::move(result).error();
            if (--state->open != 0) return;
            if (state->error) return state->done(*std::move(state->error));
            state->done(std::move(state->results));
          }));
  }
}

// For parts that have nothing to tell but whether they succeeded.
struct Nothing {};

}  // namespace sheen::client
