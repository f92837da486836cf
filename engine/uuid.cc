// SPDX-License-Identifier: Apache-2.0
#include "engine/uuid.h"

#include <fmt/format.h>

namespace vedette {
namespace {

std::mt19937_64 Seeded() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

UuidV7::UuidV7() : random_(Seeded()) {}

std::string UuidV7::Next(int64_t time_ns) {
  constexpr uint64_t kMillisecondMask = (uint64_t{1} << 48) - 1;
  const uint64_t ms = time_ns <= 0 ? 0 : static_cast<uint64_t>(time_ns) / 1'000'000 & kMillisecondMask;
  counter_ = ms == last_ms_ ? (counter_ + 1) & 0xfff : 0;
  last_ms_ = ms;
  const uint64_t random = random_();
  const uint64_t variant = 0x8000 | (random >> 48 & 0x3fff);
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", ms >> 16, ms & 0xffff, counter_, variant,
                     random & kMillisecondMask);
}

}  // namespace vedette
