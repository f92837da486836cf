// SPDX-License-Identifier: Apache-2.0
#include "engine/open_memo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/evaluator.h"
#include "engine/program.h"
#include "sensor/event/field.h"
#include "tests/unit/engine/rules_from.h"
#include "tests/unit/sensor/records.h"

namespace vedette {
namespace {

using testing::Open;
using testing::RecordOf;

std::mt19937_64 generator(7);
uint32_t Below(uint32_t n) { return static_cast<uint32_t>(generator() % n); }

// Opens that are alike in some things and differ in all others.
RecordOf<vd_file_open> RandomOpen() {
  const bool unseen = Below(8) == 0;  // by the kernel's hook
  const char* path = unseen ? "" : Below(2) == 0 ? "/etc/a" : "/srv/b";
  RecordOf<vd_file_open> r = Open(1 + Below(3), 10 + Below(3), path, Below(1000));
  constexpr int64_t kResults[] = {3, 4, 0, -1, -2, -13};
  constexpr uint32_t kModes[] = {0100644, 0040755, 0020666, 0};
  constexpr uint32_t kCalls[] = {2, 257, 437, 85};
  r->h.result = kResults[Below(6)];
  r->h.flags = static_cast<__u16>((Below(4) != 0 ? VD_F_RESULT : 0) | (Below(2) != 0 ? VD_F_CONTAINER : 0));
  r->h.syscall_nr = kCalls[Below(4)];
  r->h.uid = Below(3);
  r->open_flags = Below(4) | (Below(2) << 6) | (Below(2) << 16);
  r->create_mode = Below(2) * 0755;
  r->name_flags = Below(2) * VD_FILE_MADE;
  r->file.mode = kModes[Below(4)];
  r->file.mount_class = Below(VD_MOUNT_COUNT);
  constexpr uint32_t kFileSystems[] = {0xef53, 0x9fa0, 0};
  r->file.fs_magic = kFileSystems[Below(3)];
  r->file.ino = unseen ? 0 : Below(100);
  r->h.verdict = static_cast<__u8>(Below(VD_VERDICT_COUNT));
  return r;
}

Event EventOf(RecordOf<vd_file_open>& record) {
  Event event;
  event.header = &static_cast<const vd_file_open&>(record).h;
  event.type = TypeOf(*event.header);
  return event;
}

std::string TextOf(std::string_view field, const Event& event) {
  static auto values = std::make_unique<Values>();
  Extract(*FindField(field).field, {}, event, *values);
  std::string out;
  for (const Value& v : *values) {
    out += v.kind() == Value::Kind::kString ? std::string(v.string()) : std::to_string(v.number());
  }
  return out;
}

TEST(OpenMemo, KnowsAnOpenByAllThatItsFieldsDependOn) {
  size_t alike = 0;
  for (int i = 0; i < 30000; ++i) {
    RecordOf<vd_file_open> a = RandomOpen(), b = RandomOpen();
    // Most pairs would differ: make them alike in their manner, save the number of a descriptor.
    b->h.syscall_nr = a->h.syscall_nr;
    b->h.flags = a->h.flags;
    if (a->h.result < 0 || b->h.result < 0) b->h.result = a->h.result;
    b->open_flags = a->open_flags;
    if (Below(64) != 0) b->name_flags = a->name_flags;
    b->create_mode = a->create_mode;
    b->file.mode = (a->file.mode & S_IFMT) | (b->file.mode & ~S_IFMT);
    b->file.mount_class = a->file.mount_class;
    b->file.fs_magic = a->file.fs_magic;
    const Event first = EventOf(a), second = EventOf(b);
    if (OpenMemo::MannerOf(first) != OpenMemo::MannerOf(second)) continue;
    ++alike;
    for (std::string_view field : OpenMemo::Fields()) {
      ASSERT_EQ(TextOf(field, first), TextOf(field, second)) << field;
    }
    for (std::string_view field : OpenMemo::NegativeNumbers()) {
      const std::string x = TextOf(field, first), y = TextOf(field, second);
      ASSERT_EQ(x.starts_with('-'), y.starts_with('-')) << field;
      ASSERT_EQ(x.empty(), y.empty()) << field;
      if (x.starts_with('-')) {
        ASSERT_EQ(x, y) << field;
      }
    }
  }
  EXPECT_GT(alike, 20000u);
}

TEST(OpenMemo, ChangesNoAnswerOfAnyRule) {
  const char* conditions[] = {"evt.is_open_write = true",
                              "not evt.is_open_read = true",
                              "fd.num >= 0",
                              "fd.num > 0",
                              "fd.num = 3",
                              "fd.num in (3, 4)",
                              "fd.num < 0",
                              "fd.num != 0",
                              "evt.rawres <= 0",
                              "evt.rawres = -13",
                              "evt.failed = true",
                              "evt.res = ENOENT",
                              "fd.typechar = f and fd.name startswith /etc",
                              "fd.type = directory or fd.mount_class = own",
                              "fd.inode_type in (char, file) and evt.is_open_create = true",
                              "fd.fs.name = proc and evt.is_open_exec = false",
                              "fd.mode > 100",
                              "fd.typechar = o",
                              "evt.type = openat and fd.typechar = o"};
  std::string yaml;
  int n = 0;
  for (const char* c : conditions) {
    yaml += RuleText(std::string("evt.type in (open, openat, openat2, creat) and ") + c, "", "r" + std::to_string(n++));
  }
  const Program program(RulesFrom(yaml), Priority::kDebug);
  Evaluator remembering(program);
  uint64_t matched = 0;
  // Rows of opens that are alike, and some that differ in one thing only.
  RecordOf<vd_file_open> record = RandomOpen();
  for (int i = 0; i < 4000; ++i) {
    RecordOf<vd_file_open> other = RandomOpen();
    switch (Below(8)) {
      case 0:
        record = other;
        break;
      case 1:
        record->h.result = other->h.result;
        break;
      case 2:
        record->open_flags = other->open_flags;
        break;
      case 3:
        record->file.mode = other->file.mode;
        break;
      case 4:
        record->h.verdict = other->h.verdict;
        break;
      case 5:
        record->h.syscall_nr = other->h.syscall_nr;
        break;
      default:
        break;
    }
    const Event event = EventOf(record);
    Evaluator forgetful(program);
    remembering.Start(event);
    forgetful.Start(event);
    const auto a = remembering.Matches(), b = forgetful.Matches();
    matched += a.size();
    ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << i;
  }
  EXPECT_GT(matched, 4000u);
}

}  // namespace
}  // namespace vedette
