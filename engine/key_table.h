// SPDX-License-Identifier: Apache-2.0
//
// KeyTable: what one rule remembers per key (a container, a process, …), with a bound in entries and in bytes. Keys are
// what attackers choose, so a full table forgets the key that was used longest ago and counts it; keys are kept whole,
// never as a hash alone, so that no two can be made to meet. Owned by the state of one rule; event thread.
#ifndef VEDETTE_ENGINE_KEY_TABLE_H_
#define VEDETTE_ENGINE_KEY_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace vedette {

struct KeyBounds {
  size_t keys = 4096;
  size_t bytes = 4u << 20;  // of keys and states together, about
};

template <typename State>
class KeyTable {
 public:
  explicit KeyTable(KeyBounds bounds = {}) : bounds_(bounds) {}

  // The state of the key, new if there was none; valid until the next call. It is now the key used last.
  State& Get(std::string_view key) {
    auto found = index_.find(key);
    if (found != index_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return found->second->state;
    }
    const size_t cost = sizeof(Entry) + key.size() + kNodeBytes;
    while (!order_.empty() && (order_.size() >= bounds_.keys || bytes_ + cost > bounds_.bytes)) Evict();
    order_.push_front({std::string(key), cost, State()});
    index_.emplace(order_.front().key, order_.begin());
    bytes_ += cost;
    return order_.front().state;
  }

  // The state of the key used last has grown by so much outside of itself. Others make room for it.
  void Charge(size_t bytes) {
    order_.front().cost += bytes;
    bytes_ += bytes;
    while (order_.size() > 1 && bytes_ > bounds_.bytes) Evict();
  }

  void Erase(std::string_view key) {
    auto found = index_.find(key);
    if (found == index_.end()) return;
    auto entry = found->second;
    bytes_ -= entry->cost;
    index_.erase(found);
    order_.erase(entry);
  }

  // The key used longest ago goes as long as `done` says that its state means nothing any more. Not counted as
  // forgotten.
  template <typename Done>
  void Expire(Done done) {
    while (!order_.empty() && done(order_.back().state)) Erase(order_.back().key);
  }

  size_t size() const { return order_.size(); }
  size_t bytes() const { return bytes_; }
  uint64_t forgotten() const { return forgotten_; }  // keys that had to make room

 private:
  struct Entry {
    std::string key;
    size_t cost;
    State state;
  };
  using Order = std::list<Entry>;

  void Evict() {
    ++forgotten_;
    Erase(order_.back().key);
  }

  static constexpr size_t kNodeBytes = 96;  // of list and index

  const KeyBounds bounds_;
  Order order_;                                                           // the key used last first
  std::unordered_map<std::string_view, typename Order::iterator> index_;  // views of the entries' keys
  size_t bytes_ = 0;
  uint64_t forgotten_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_KEY_TABLE_H_
