// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace vedette {
namespace {

TEST(ContainerTable, GivesNestedCgroupsOfAContainerTheSameContainer) {
  ContainerTable table({});
  const Container* a = table.Acquire("/lxc/web", 10);
  const Container* b = table.Acquire("/lxc/web/system.slice/x.service", 11);
  EXPECT_EQ(a, b);
  EXPECT_EQ(a->id, "web");
  EXPECT_EQ(table.size(), 1u);
}

TEST(ContainerTable, KnowsACgroupByItsNumberOnceItsPathWasSeen) {
  ContainerTable table({});
  EXPECT_EQ(table.Acquire("", 10)->id, "cgroup-10");
  const Container* web = table.Acquire("/lxc/web", 10);
  EXPECT_EQ(table.Acquire("", 10), web);
  EXPECT_TRUE(table.KnowsCgroup(10));
}

TEST(ContainerTable, DoesNotTakeTheRootCgroupsNumberForAName) {
  ContainerTable table({});  // cgroup v1 only: every task has cgroup id 1
  const Container* a = table.Acquire("/lxc/a", 1);
  const Container* b = table.Acquire("/lxc/b", 1);
  EXPECT_NE(a, b);
  EXPECT_FALSE(table.KnowsCgroup(1));
}

TEST(ContainerTable, KeepsABoundedNumberOfContainersThatNobodyUses) {
  ContainerTable table({.max_unused = 8});
  const Container* used = table.Acquire("/lxc/used", 5);
  for (int i = 0; i < 1000; ++i) table.Release(table.Acquire("/lxc/c" + std::to_string(i), 100 + i));
  EXPECT_EQ(table.size(), 9u);
  EXPECT_EQ(table.evicted(), 992u);
  EXPECT_FALSE(table.KnowsCgroup(100));
  EXPECT_EQ(used->id, "used");
}

TEST(ContainerTable, LooksMetadataUpOnAnotherThread) {
  std::promise<void> go;
  std::shared_future<void> gate = go.get_future().share();
  ContainerTable table({.lookup = [gate](Container& c) {
    gate.wait();
    c.name = "name of " + c.full_id;
    c.image_repository = "nginx";
    return true;
  }});
  const Container* web = table.Acquire("/lxc/web", 10);
  table.Poll({});
  EXPECT_EQ(web->name, "");  // not yet, and nobody waits
  go.set_value();
  std::string found;
  while (found.empty()) {
    table.Poll([&](const Container& c) { found = c.name; });
    std::this_thread::yield();
  }
  EXPECT_EQ(found, "name of web");
  EXPECT_EQ(web->name, "name of web");
  EXPECT_EQ(web->id, "web");
}

TEST(ContainerTable, TellsOfEachCgroupOfAContainerOnceAllIsKnownOfIt) {
  std::vector<uint64_t> told;
  bool room = false;
  ContainerTable table({.on_known = [&](const Container& container, uint64_t cgroup) {
    EXPECT_EQ(container.name, "the web");
    told.push_back(cgroup);
    return room;
  }});
  const Container* web = table.Acquire("/lxc/web", 10);
  Container metadata = *web;
  metadata.name = "the web";
  metadata.details.unread = "locked";
  table.SetMetadata(metadata);
  EXPECT_TRUE(told.empty());
  metadata.details.unread.clear();
  metadata.known = true;
  table.SetMetadata(metadata);
  EXPECT_EQ(told, std::vector<uint64_t>{10});
  EXPECT_EQ(web->decided_ns, Container::kNever);  // there was no room
  room = true;
  table.Acquire("/lxc/web/below", 11);
  table.Acquire("/lxc/web/below", 11);
  EXPECT_EQ(told, (std::vector<uint64_t>{10, 11}));
  EXPECT_NE(web->decided_ns, Container::kNever);
}

TEST(ContainerTable, AsksAgainForWhatCouldNotBeReadAtFirst) {
  std::atomic<int> asked = 0;
  bool known = false;
  ContainerTable table({.lookup =
                            [&asked](Container& c) {
                              c.name = "web";
                              if (++asked == 1) c.details.unread = "locked";
                              return true;
                            },
                        .on_known =
                            [&known](const Container&, uint64_t) {
                              known = true;
                              return true;
                            }});
  table.Acquire("/lxc/web", 10);
  int found = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!known && std::chrono::steady_clock::now() < end) {
    table.Poll([&](const Container&) { ++found; });
    std::this_thread::yield();
  }
  EXPECT_TRUE(known);
  EXPECT_GE(asked, 2);  // more, if an answer took its time
  EXPECT_EQ(found, 2);  // what was known at first, and all of it
}

TEST(ContainerTable, CountsTheContainersWhoseDatabaseCouldNotBeRead) {
  ContainerTable table({});
  Container metadata = *table.Acquire("/lxc/web", 7);
  table.SetMetadata(metadata);
  EXPECT_EQ(table.unread(), 0u);
  metadata.details.unread = "meta.db is damaged";
  table.SetMetadata(metadata);
  table.SetMetadata(metadata);  // once each
  EXPECT_EQ(table.unread(), 1u);
  EXPECT_EQ(table.unread_reason(), "meta.db is damaged");
}

TEST(ContainerTable, CountsTheContainersWhoseDetailsWereCut) {
  ContainerTable table({});
  const Container* web = table.Acquire("/system.slice/docker-" + std::string(64, 'a') + ".scope", 7);
  Container metadata = *web;
  table.SetMetadata(metadata);
  EXPECT_EQ(table.cut(), 0u);
  metadata.details.cut = true;
  table.SetMetadata(metadata);
  table.SetMetadata(metadata);  // once each
  EXPECT_EQ(table.cut(), 1u);
  table.Release(web);
}

TEST(ContainerLookup, IsBoundedWhileAFileSystemHangs) {
  std::promise<void> go;
  std::shared_future<void> gate = go.get_future().share();
  ContainerLookup lookup(
      [gate](Container&) {
        gate.wait();
        return false;
      },
      /*max_queued=*/4);
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += lookup.Ask({}) ? 1 : 0;
  EXPECT_LE(taken, 5);  // four queued, at most one at work
  EXPECT_EQ(lookup.dropped(), 100u - taken);
  go.set_value();
}

}  // namespace
}  // namespace vedette
