// SPDX-License-Identifier: Apache-2.0
//
// On an ordinary file system, with files in the place of pins: what is made and removed, in which order.
#include "sensor/pin_dir.h"
#include "tests/unit/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

namespace vedette {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class PinDirTest : public testing::Test {
 protected:
  PinDirTest() { fs::create_directory(root_ / "pins"); }

  static void Pin(const std::string& path) { std::ofstream out(path); }

  PinDir::Generation Generation(uint64_t number, int links) {
    PinDir::Generation generation = *directory().Begin(number);
    for (int i = 0; i < links; ++i)
      Pin(PinDir::LinkPath(generation, static_cast<size_t>(i), "vd_" + std::to_string(i)));
    Pin(PinDir::MapPath(generation, "vedette_.bss"));
    return generation;
  }

  PinDir directory() const { return PinDir((root_ / "pins").string()); }

  TemporaryDirectory root_dir_;
  const fs::path root_ = root_dir_.path();
};

TEST_F(PinDirTest, AGenerationIsPartOfOneUntilItIsComplete) {
  PinDir::Generation first = Generation(0x10, 1);
  ASSERT_TRUE(directory().Complete(first).ok());
  Generation(0x11, 1);
  auto list = directory().List();
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 2u);
  EXPECT_THAT((*list)[0].path, EndsWith("/gen_0000000000000010"));
  EXPECT_TRUE((*list)[0].complete);
  EXPECT_THAT((*list)[1].path, EndsWith("/part_0000000000000011"));
  EXPECT_FALSE((*list)[1].complete);
}

TEST_F(PinDirTest, TheOldestComesFirstWhateverItIsCalled) {
  for (uint64_t number : {0x30, 0x5, 0x200}) {
    PinDir::Generation generation = Generation(number, 0);
    if (number != 0x5) {
      ASSERT_TRUE(directory().Complete(generation).ok());
    }
  }
  std::vector<std::string> names;
  const auto list = directory().List();
  ASSERT_TRUE(list.ok());
  for (const auto& generation : *list) names.push_back(fs::path(generation.path).filename());
  EXPECT_THAT(names, ElementsAre("part_0000000000000005", "gen_0000000000000030", "gen_0000000000000200"));
}

// A BPF file system knows no names with a dot.
TEST_F(PinDirTest, NamesOfMapsHaveNoDot) {
  EXPECT_THAT(PinDir::MapPath({"/x", false}, "vedette_.bss"), EndsWith("/maps/vedette__bss"));
}

TEST_F(PinDirTest, LinksAreRemovedInTheReverseOrderOfAttaching) {
  PinDir::Generation generation = Generation(1, 12);
  const int watch = inotify_init1(IN_NONBLOCK);
  ASSERT_GE(inotify_add_watch(watch, (generation.path + "/links").c_str(), IN_DELETE), 0);
  PinDir::Removed removed;
  ASSERT_TRUE(directory().Remove(generation, &removed).ok());
  std::vector<std::string> order;
  alignas(inotify_event) char buffer[4096];
  const ssize_t got = read(watch, buffer, sizeof(buffer));
  close(watch);
  for (ssize_t at = 0; at < got;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
    if (event->len > 0) order.emplace_back(event->name);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
  }
  ASSERT_EQ(order.size(), 12u);
  EXPECT_EQ(order.front(), "011_vd_11");
  EXPECT_EQ(order.back(), "000_vd_0");
  EXPECT_EQ(removed.links, 12u);
  EXPECT_EQ(removed.maps, 1u);
  EXPECT_TRUE(fs::is_empty(root_ / "pins"));
}

// Cut short anywhere, what is left is removed by the next start.
TEST_F(PinDirTest, AHalfRemovedGenerationIsRemovedLikeAnyOther) {
  PinDir::Generation generation = Generation(7, 3);
  ASSERT_TRUE(directory().Complete(generation).ok());
  fs::remove(PinDir::LinkPath(generation, 2, "vd_2"));
  fs::remove_all(generation.path + "/maps");
  EXPECT_TRUE(directory().Remove(directory().List()->front()).ok());
  EXPECT_TRUE(directory().List()->empty());
  EXPECT_TRUE(directory().RemoveDirectory().ok());
  EXPECT_TRUE(absl::IsNotFound(directory().List().status()));
}

TEST_F(PinDirTest, OfAGenerationThatIsBeingRemovedNothingIsTakenOver) {
  PinDir::Generation generation = Generation(7, 1);
  ASSERT_TRUE(directory().Complete(generation).ok());
  std::ofstream(generation.path + "/keeps the directory from going");
  EXPECT_FALSE(directory().Remove(generation).ok());
  EXPECT_FALSE(directory().List()->front().complete);
}

TEST_F(PinDirTest, IsOneProcesssAtATimeAndFreeWhenThatIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t other = fork();
  if (other == 0) {
    auto lock = directory().TryLock();
    [[maybe_unused]] ssize_t written = write(ready[1], lock.ok() ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_TRUE(absl::IsUnavailable(directory().TryLock().status()));
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  EXPECT_TRUE(directory().TryLock().ok());
  close(ready[0]);
  close(ready[1]);
}

TEST_F(PinDirTest, WithoutADirectoryThereIsNothing) {
  PinDir none((root_ / "none").string());
  EXPECT_TRUE(absl::IsNotFound(none.List().status()));
  EXPECT_TRUE(absl::IsNotFound(none.TryLock().status()));
  EXPECT_TRUE(none.RemoveDirectory().ok());
}

TEST_F(PinDirTest, AnOrdinaryFileSystemIsRefusedWithWhatToDo) {
  const absl::Status status = PinDir((root_ / "more/pins").string()).Prepare();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("not on a BPF file system"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("mount -t bpf bpf DIR"));
}

TEST_F(PinDirTest, WhatIsNoDirectoryOfOursOnABpfFileSystemIsNotBelieved) {
  EXPECT_TRUE(absl::IsNotFound(PinDir((root_ / "none").string()).Check()));
  EXPECT_THAT(directory().Check().ToString(), HasSubstr("not on a BPF file system"));
  fs::create_directory_symlink("/sys/fs/bpf", root_ / "link");
  EXPECT_THAT(PinDir((root_ / "link").string()).Check().ToString(), HasSubstr("not of Vedette's making: remove it"));
}

TEST_F(PinDirTest, WhatSomebodyElseKeepsInItStays) {
  PinDir::Generation generation = Generation(1, 1);
  fs::create_directory(root_ / "pins/other");
  EXPECT_EQ(directory().List()->size(), 1u);
  EXPECT_TRUE(directory().Remove(generation).ok());
  EXPECT_TRUE(directory().RemoveDirectory().ok());
  EXPECT_TRUE(fs::exists(root_ / "pins/other"));
}

TEST_F(PinDirTest, ADirectoryAmongThePinsIsAnErrorThatNamesIt) {
  PinDir::Generation generation = Generation(1, 1);
  fs::create_directories(generation.path + "/links/other");
  EXPECT_THAT(directory().Remove(generation).ToString(),
              HasSubstr("/links/other is not of Vedette's making: remove it"));
}

// Whoever had it has removed it at its end, and a third one made it anew: here in one step, as whoever finds none in
// between makes its own (Pins::LockDirectory).
TEST_F(PinDirTest, TheLockIsOfTheDirectoryThatHasTheNameNow) {
  auto first = std::make_unique<PinDir::Lock>(*directory().TryLock());
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    fs::create_directory(root_ / "new");
    fs::rename(root_ / "new", root_ / "pins");
    first.reset();
  });
  auto second = directory().TryLock(std::chrono::seconds(10));
  other.join();
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(absl::IsUnavailable(directory().TryLock().status()));
}

}  // namespace
}  // namespace vedette
