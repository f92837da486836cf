// SPDX-License-Identifier: Apache-2.0
//
// Event::process_version: as long as it stays, so do the fields that depend on the process alone.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "sensor/event/field.h"
#include "sensor/event_stream.h"
#include "tests/unit/sensor/random_history.h"

namespace vedette {
namespace {

using testing::Exec;
using testing::Fork;
using testing::Open;
using testing::RandomHistory;

std::string TextOf(const Values& values) {
  std::string out;
  for (const Value& v : values) {
    out += v.kind() == Value::Kind::kString ? std::string(v.string()) : std::to_string(v.number());
    out += ';';
  }
  return out;
}

// What the fields that may be remembered of a process are for an event.
std::string FactsOf(const Event& event) {
  static auto values = std::make_unique<Values>();
  std::string out;
  for (const Field& field : AllFields()) {
    if (!field.process_only || field.arg == ArgKind::kIndex || field.arg == ArgKind::kName) continue;
    Extract(field, {}, event, *values);
    out += std::string(field.name) + "=" + TextOf(*values) + "\n";
  }
  return out;
}

TEST(ProcessVersion, StaysOnlyAsLongAsAllThatDependsOnTheProcessAloneStays) {
  using Key = std::tuple<uint64_t, uint64_t, uint32_t, bool>;
  uint64_t remembered = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    EventStream stream({.processes = {.max_images = 24, .max_ended = 12, .linger_ns = 3000}, .containers = {}});
    RandomHistory history(seed);
    std::map<Key, std::string> facts;
    auto check = [&](const Event& event) {
      if (event.process_version == 0 || event.kind() == VD_KIND_CREDS) return;
      const Key key{event.header->exec_id, event.process_version, event.header->uid,
                    (event.header->flags & VD_F_CONTAINER) != 0};
      auto [it, added] = facts.try_emplace(key, FactsOf(event));
      if (added) return;
      ++remembered;
      ASSERT_EQ(it->second, FactsOf(event)) << "seed " << seed << ", event " << event.number;
    };
    for (int i = 0; i < 1500 && !HasFatalFailure(); ++i) {
      stream.Feed(history.Next(), check);
      if (i % 50 == 0) stream.Advance(history.time_ns());
    }
  }
  EXPECT_GT(remembered, 1000u);
}

class Versions : public ::testing::Test {
 protected:
  uint64_t VersionOf(uint64_t exec_id, uint32_t pid) {
    uint64_t version = 0;
    stream_.Feed(Open(exec_id, pid, "/f", 9).Bytes(), [&](const Event& event) { version = event.process_version; });
    return version;
  }
  EventStream stream_{{.processes = {}, .containers = {}}};
};

TEST_F(Versions, AnEventThatChangesNothingKeepsTheVersion) {
  stream_.Feed(Exec({.exec_id = 1, .pid = 10, .comm = "sh"}).Bytes(), {});
  const uint64_t version = VersionOf(1, 10);
  EXPECT_NE(version, 0u);
  EXPECT_EQ(VersionOf(1, 10), version);
  stream_.Feed(Exec({.exec_id = 2, .pid = 11, .comm = "other"}).Bytes(), {});
  EXPECT_EQ(VersionOf(1, 10), version);
}

TEST_F(Versions, AChildsForkKeepsTheParentsVersionAndHasItsOwn) {
  stream_.Feed(Exec({.exec_id = 1, .pid = 10, .comm = "sh"}).Bytes(), {});
  const uint64_t version = VersionOf(1, 10);
  stream_.Feed(Fork({.creator = 1, .creator_pid = 10, .child = 2, .child_pid = 11}).Bytes(), {});
  EXPECT_EQ(VersionOf(1, 10), version);
  EXPECT_NE(VersionOf(2, 11), version);
}

TEST_F(Versions, OfAnUnknownProcessIsNone) { EXPECT_EQ(VersionOf(7, 70), 0u); }

}  // namespace
}  // namespace vedette
