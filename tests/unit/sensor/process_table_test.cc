// SPDX-License-Identifier: Apache-2.0
#include "sensor/process_table.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/sensor/records.h"

namespace vedette {
namespace {

using testing::Exec;
using testing::ExecSpec;
using testing::Exit;
using testing::Fork;
using testing::Open;
using testing::RecordOf;
using testing::Seed;

constexpr uint64_t kSecond = 1'000'000'000;

class ProcessTableTest : public ::testing::Test {
 protected:
  ContainerTable containers_{{}};
  ProcessTable table_{&containers_};
};

TEST_F(ProcessTableTest, DescribesAnExecAsFalcoDoes) {
  table_.OnExec(Exec({.exec_id = 7,
                      .pid = 70,
                      .comm = "cat",
                      .exe = "/usr/bin/cat",
                      .cwd = "/tmp",
                      .args = {"cat", "-n", "/etc/shadow"},
                      .time_ns = 5,
                      .start_ns = 4}));
  const Process* p = table_.Find(7);
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(p, table_.FindPid(70));
  EXPECT_EQ(p->comm, "cat");
  EXPECT_EQ(p->exe, "cat");
  EXPECT_EQ(p->exe_path, "/usr/bin/cat");
  EXPECT_EQ(p->args, "-n /etc/shadow");
  EXPECT_EQ(p->cmdline, "cat -n /etc/shadow");
  EXPECT_EQ(p->argc, 3u);
  EXPECT_EQ(p->cwd, "/tmp/");
  EXPECT_EQ(p->start_boot_ns, 4u);
  EXPECT_EQ(p->exec_boot_ns, 5u);
  EXPECT_FALSE(p->args_truncated);
}

TEST_F(ProcessTableTest, KeepsEmptyArgumentsAndToleratesACutLastOne) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 1, .comm = "a", .args = {"a", "", "b"}}));
  EXPECT_EQ(table_.Find(1)->args, " b");
  RecordOf<vd_exec> cut = Exec({.exec_id = 2, .pid = 2, .comm = "a"});
  cut.Add(offsetof(vd_exec, args), std::string_view("a\0bcd", 5));
  cut->args_len = 500;
  table_.OnExec(cut);
  EXPECT_EQ(table_.Find(2)->args, "bcd");
  EXPECT_TRUE(table_.Find(2)->args_truncated);
}

TEST_F(ProcessTableTest, LetsAChildInheritWhatItsCreatorIs) {
  RecordOf<vd_exec> shell = Exec({.exec_id = 1, .pid = 10, .comm = "sh", .args = {"sh", "-c", "x"}});
  shell->creds.euid = 33;
  table_.OnExec(shell);
  table_.OnFork(Fork({.creator = 1, .creator_pid = 10, .child = 2, .child_pid = 11, .time_ns = 9}));
  const Process* child = table_.Find(2);
  ASSERT_NE(child, nullptr);
  EXPECT_EQ(child->cmdline, "sh -c x");
  EXPECT_EQ(child->creds.euid, 33u);
  EXPECT_EQ(child->ppid, 10u);
  EXPECT_EQ(child->pid, 11u);
  EXPECT_EQ(child->start_boot_ns, 9u);
  EXPECT_EQ(child->parent, table_.Find(1));
}

TEST_F(ProcessTableTest, ReplacesTheImageOnExecAndKeepsTheAncestry) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10, .comm = "sshd"}));
  table_.OnFork(Fork({.creator = 1, .creator_pid = 10, .child = 2, .child_pid = 11}));
  table_.OnExec(Exec({.exec_id = 3, .pid = 11, .previous = 2, .parent = 1, .parent_pid = 10, .comm = "bash"}));
  EXPECT_EQ(table_.FindPid(11)->comm, "bash");
  EXPECT_EQ(table_.Find(3)->parent, table_.Find(1));
  EXPECT_EQ(table_.Find(2)->comm, "sshd");  // for events that are still on their way
}

TEST_F(ProcessTableTest, RemembersTheCreatorAsItWasAtTheFork) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10, .comm = "sh"}));
  table_.OnFork(Fork({.creator = 1, .creator_pid = 10, .child = 2, .child_pid = 11}));
  table_.OnExec(Exec({.exec_id = 3, .pid = 10, .previous = 1, .comm = "nginx", .time_ns = 2}));
  EXPECT_EQ(table_.Find(2)->parent->comm, "sh");
  table_.OnExit(Exit(3, 10, 3));
  table_.Advance(100 * kSecond);
  EXPECT_EQ(table_.Find(2)->parent->comm, "sh");
  EXPECT_EQ(table_.Find(3), nullptr);  // nobody's parent
}

TEST_F(ProcessTableTest, LetsTheDeadLingerForLateEvents) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10}));
  table_.OnExit(Exit(1, 10, 5 * kSecond));
  EXPECT_EQ(table_.FindPid(10), nullptr);
  ASSERT_NE(table_.Find(1), nullptr);
  EXPECT_EQ(table_.Find(1)->exit_boot_ns, 5 * kSecond);
  table_.Advance(5 * kSecond + kSecond / 2);
  EXPECT_NE(table_.Find(1), nullptr);
  table_.Advance(6 * kSecond);
  EXPECT_EQ(table_.Find(1), nullptr);
  EXPECT_EQ(table_.stats().evicted, 0u);
}

TEST_F(ProcessTableTest, DropsDeadAncestorsWithTheirLastDescendant) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10}));
  for (uint64_t i = 1; i < 50; ++i) {  // a daemon that forks itself away again and again
    table_.OnFork(Fork({.creator = i,
                        .creator_pid = static_cast<uint32_t>(9 + i),
                        .child = i + 1,
                        .child_pid = static_cast<uint32_t>(10 + i),
                        .time_ns = i}));
    table_.OnExit(Exit(i, static_cast<uint32_t>(9 + i), i));
  }
  table_.Advance(10 * kSecond);
  int ancestors = 0;
  for (const Process* p = table_.Find(50)->parent; p != nullptr; p = p->parent) ++ancestors;
  EXPECT_EQ(ancestors, 49);
  table_.OnExit(Exit(50, 59, 11 * kSecond));
  table_.Advance(20 * kSecond);
  EXPECT_EQ(table_.stats().images, 0u);
}

TEST_F(ProcessTableTest, FollowsCredentialsOfTheLeaderOnly) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10}));
  RecordOf<vd_creds_change> change(VD_KIND_CREDS);
  change->h.exec_id = 1;
  change->h.pid = 10;
  change->h.tid = 12;
  change->new_creds.euid = 1000;
  table_.OnCreds(change);
  EXPECT_EQ(table_.Find(1)->creds.euid, 0u);
  change->h.tid = 10;
  table_.OnCreds(change);
  EXPECT_EQ(table_.Find(1)->creds.euid, 1000u);
}

TEST_F(ProcessTableTest, TakesTheKernelsWordForTheContainerAndThePathForItsName) {
  const std::string cgroup = "/lxc/web";
  table_.OnExec(Exec({.exec_id = 1, .pid = 10, .cgroup = cgroup, .cgroup_id = 5}));  // the runtime, on its way in
  EXPECT_EQ(table_.Find(1)->container, nullptr);
  table_.OnExec(Exec({.exec_id = 2, .pid = 11, .cgroup = cgroup, .cgroup_id = 5, .flags = VD_F_CONTAINER}));
  ASSERT_NE(table_.Find(2)->container, nullptr);
  EXPECT_EQ(table_.Find(2)->container->id, "web");
}

TEST_F(ProcessTableTest, SeesAProcessEnterAContainerWithoutExec) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10, .cgroup = "/lxc/web", .cgroup_id = 5, .time_ns = 100}));
  RecordOf<vd_file_open> open = Open(1, 10, "/x", 200);
  open->h.flags |= VD_F_CONTAINER;
  open->h.cgroup_id = 5;
  EXPECT_EQ(table_.Acting(open->h)->container->id, "web");
  // An event from before that was slower does not undo it.
  RecordOf<vd_file_open> late = Open(1, 10, "/y", 150);
  late->h.cgroup_id = 5;
  EXPECT_NE(table_.Acting(late->h)->container, nullptr);
}

TEST_F(ProcessTableTest, AsksForTheCgroupThatNoExecNamed) {
  int asked = 0;
  ProcessTable::Options options;
  options.cgroup_of = [&](uint32_t pid, uint64_t cgroup_id) -> std::string {
    ++asked;
    return pid == 11 && cgroup_id == 9 ? "/lxc/web" : "";
  };
  ProcessTable table(options, &containers_);
  table.OnExec(Exec({.exec_id = 1, .pid = 10, .comm = "runc", .cgroup = "/user.slice", .cgroup_id = 5}));
  table.OnFork(
      Fork({.creator = 1, .creator_pid = 10, .child = 2, .child_pid = 11, .cgroup_id = 9, .flags = VD_F_CONTAINER}));
  EXPECT_EQ(table.Find(2)->container->id, "web");
  EXPECT_EQ(asked, 1);
}

TEST_F(ProcessTableTest, LinksSeedsWhoseParentComesLater) {
  table_.OnExec(Seed({.exec_id = 2, .pid = 50, .parent = 3, .parent_pid = 90, .comm = "child"}));
  table_.OnExec(Seed({.exec_id = 3, .pid = 90, .parent = 1, .parent_pid = 1, .comm = "parent"}));
  table_.OnExec(Seed({.exec_id = 1, .pid = 1, .comm = "init"}));
  RecordOf<vd_file_open> open = Open(2, 50, "/x", 9);
  const Process* p = table_.Acting(open->h);
  ASSERT_NE(p->parent, nullptr);
  EXPECT_EQ(p->parent->comm, "parent");
  ASSERT_NE(p->parent->parent, nullptr);
  EXPECT_EQ(p->parent->parent->comm, "init");
}

TEST_F(ProcessTableTest, MergesSeedsWithTheRecordsThatWaitedInTheRing) {
  // The programs saw fork and exec before the iterator came by; the rings are read after the seeds.
  table_.OnExec(Seed({.exec_id = 1, .pid = 1, .comm = "init"}));
  table_.OnExec(Seed({.exec_id = 3, .pid = 50, .parent = 1, .parent_pid = 1, .comm = "ls", .start_ns = 20}));
  table_.OnFork(Fork({.creator = 1, .creator_pid = 1, .child = 2, .child_pid = 50, .time_ns = 20}));
  table_.OnExec(
      Exec({.exec_id = 3, .pid = 50, .previous = 2, .parent = 1, .comm = "ls", .time_ns = 21, .start_ns = 20}));
  EXPECT_EQ(table_.FindPid(50)->comm, "ls");
  EXPECT_EQ(table_.Find(3)->parent, table_.Find(1));
  EXPECT_EQ(table_.stats().lost_exits, 0u);
  table_.OnExit(Exit(3, 50, 22));
  EXPECT_EQ(table_.FindPid(50), nullptr);
}

TEST_F(ProcessTableTest, KeepsTheSeedWhenItsForkRecordFollows) {
  table_.OnExec(Seed({.exec_id = 2, .pid = 50, .parent = 1, .comm = "worker"}));
  table_.OnFork(Fork({.creator = 1, .creator_pid = 1, .child = 2, .child_pid = 50}));
  EXPECT_EQ(table_.FindPid(50)->comm, "worker");
  EXPECT_EQ(table_.stats().images, 1u);
}

TEST_F(ProcessTableTest, NoticesALostExitWhenThePidComesBack) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10}));
  table_.OnExec(Exec({.exec_id = 2, .pid = 50, .comm = "old"}));
  table_.OnFork(Fork({.creator = 1, .creator_pid = 10, .child = 3, .child_pid = 50, .time_ns = 99}));
  EXPECT_EQ(table_.FindPid(50)->exec_id, 3u);
  EXPECT_EQ(table_.stats().lost_exits, 1u);
}

TEST_F(ProcessTableTest, CountsForksOfTheUnknown) {
  table_.OnFork(Fork({.creator = 77, .creator_pid = 77, .child = 2, .child_pid = 11}));
  EXPECT_EQ(table_.Find(2)->parent, nullptr);
  EXPECT_EQ(table_.stats().unknown_parents, 1u);
}

TEST_F(ProcessTableTest, NeverFormsALoopWhateverARecordingSays) {
  table_.OnExec(Seed({.exec_id = 1, .pid = 10, .parent = 2, .parent_pid = 20}));
  table_.OnExec(Seed({.exec_id = 2, .pid = 20, .parent = 1, .parent_pid = 10}));
  table_.OnExec(Seed({.exec_id = 3, .pid = 30, .parent = 3, .parent_pid = 30}));
  table_.OnFork(Fork({.creator = 3, .creator_pid = 30, .child = 3, .child_pid = 30}));
  table_.OnExec(Exec({.exec_id = 1, .pid = 20, .parent = 2}));
  for (uint64_t id = 1; id <= 3; ++id) {
    int steps = 0;
    for (const Process* p = table_.Find(id); p != nullptr && steps < 100; p = p->parent) ++steps;
    EXPECT_LT(steps, 100) << id;
  }
}

TEST_F(ProcessTableTest, ForgetsBothPidsOfAnExecIdThatCameWithTwo) {
  table_.OnExec(Exec({.exec_id = 1, .pid = 10, .time_ns = 1}));
  table_.OnExec(Exec({.exec_id = 1, .pid = 20, .time_ns = 2}));
  EXPECT_EQ(table_.FindPid(10), nullptr);
  EXPECT_EQ(table_.FindPid(20), table_.Find(1));
  table_.OnExit(Exit(1, 20, 3));
  table_.Advance(uint64_t{1} << 40);
  EXPECT_EQ(table_.stats().images, 0u);
  EXPECT_EQ(table_.FindPid(20), nullptr);
}

TEST_F(ProcessTableTest, StaysWithinItsBoundsAndCountsWhatItForcesOut) {
  ProcessTable::Options options;
  options.max_images = 100;
  options.max_ended = 20;
  ProcessTable table(options, &containers_);
  table.OnExec(Seed({.exec_id = 1, .pid = 1, .comm = "init"}));
  for (uint32_t i = 2; i < 2000; ++i) {
    table.OnFork(Fork({.creator = 1, .creator_pid = 1, .child = i, .child_pid = i, .time_ns = i}));
    if (i % 3 == 0) table.OnExit(Exit(i, i, i));
  }
  EXPECT_LE(table.stats().images, 100u);
  EXPECT_LE(table.stats().ended, 21u);
  EXPECT_EQ(table.stats().images + table.stats().evicted, 1999u);
  ASSERT_NE(table.Find(1), nullptr);  // a parent is not chosen before a leaf
  EXPECT_EQ(table.Find(1999)->parent, table.Find(1));
}

TEST_F(ProcessTableTest, GivesTheChildrenOfWhatItForcesOutToTheGrandparent) {
  ProcessTable::Options options;
  options.max_ended = 1;
  ProcessTable table(options, &containers_);
  table.OnExec(Seed({.exec_id = 1, .pid = 1, .comm = "init"}));
  table.OnFork(Fork({.creator = 1, .creator_pid = 1, .child = 2, .child_pid = 2, .time_ns = 2}));
  table.OnFork(Fork({.creator = 2, .creator_pid = 2, .child = 3, .child_pid = 3, .time_ns = 3}));
  table.OnExit(Exit(2, 2, 4));
  table.OnExec(Exec({.exec_id = 4, .pid = 4, .time_ns = 5}));
  table.OnExit(Exit(4, 4, 6));
  table.OnExec(Exec({.exec_id = 5, .pid = 5, .time_ns = 7}));
  EXPECT_EQ(table.Find(2), nullptr);
  EXPECT_EQ(table.Find(3)->parent, table.Find(1));
}

TEST_F(ProcessTableTest, BoundsTheBytesOfArguments) {
  ProcessTable::Options options;
  options.max_string_bytes = 100'000;
  ProcessTable table(options, &containers_);
  for (uint32_t i = 1; i <= 100; ++i) {
    table.OnExec(Exec({.exec_id = i, .pid = i, .args = {"x", std::string(4000, 'a')}}));
  }
  EXPECT_GT(table.stats().args_cut, 74u);  // some 24 fit whole
  EXPECT_LE(table.Find(100)->args.size(), ProcessTable::kCutArgs);
  EXPECT_TRUE(table.Find(100)->args_truncated);
}

TEST_F(ProcessTableTest, KeepsTheTextsOfAnExecOnceForAllThatIsForkedFromIt) {
  ProcessTable::Options options;
  options.max_string_bytes = 100'000;
  ProcessTable table(options, &containers_);
  table.OnExec(Exec({.exec_id = 1, .pid = 1, .args = {"x", std::string(4000, 'a')}}));
  for (uint32_t i = 2; i <= 100; ++i) {
    table.OnFork(Fork({.creator = 1, .creator_pid = 1, .child = i, .child_pid = i, .time_ns = i}));
    EXPECT_EQ(table.Find(i)->args.data(), table.Find(1)->args.data());
  }
  table.OnExec(Exec({.exec_id = 101, .pid = 1, .previous = 1, .comm = "new", .time_ns = 200}));
  table.OnExit(Exit(101, 1, 201));
  table.Advance(uint64_t{1} << 40);
  EXPECT_EQ(table.Find(101), nullptr);
  EXPECT_EQ(table.Find(100)->args, std::string(4000, 'a'));
  // They are given back with the last of them.
  for (uint32_t i = 2; i <= 100; ++i) table.OnExit(Exit(i, i, 300));
  table.Advance(uint64_t{1} << 41);
  for (uint32_t i = 0; i < 20; ++i) {
    table.OnExec(Exec({.exec_id = 200 + i, .pid = 200 + i, .args = {"x", std::string(4000, 'a')}}));
  }
  EXPECT_EQ(table.stats().args_cut, 0u);
}

RecordOf<vd_exec> ExecWith(const ExecSpec& spec, std::string_view environment) {
  RecordOf<vd_exec> r = Exec(spec);
  r->exe_flags |= VD_EXE_HAS_ENV;
  if (!environment.empty()) r.Add(offsetof(vd_exec, env), environment);
  return r;
}

TEST_F(ProcessTableTest, KeepsAnEnvironmentAndHandsItOnAtFork) {
  table_.OnExec(ExecWith({.exec_id = 1, .pid = 1}, std::string_view("A=1\0B=2\0", 8)));
  ASSERT_NE(table_.Find(1)->environment, nullptr);
  EXPECT_EQ(table_.Find(1)->environment->text(), "A=1 B=2");
  table_.OnFork(Fork({.creator = 1, .creator_pid = 1, .child = 2, .child_pid = 2, .time_ns = 2}));
  EXPECT_EQ(table_.Find(2)->environment, table_.Find(1)->environment);
  table_.OnExec(ExecWith({.exec_id = 3, .pid = 2, .previous = 2, .time_ns = 3}, ""));
  ASSERT_NE(table_.Find(3)->environment, nullptr);
  EXPECT_EQ(table_.Find(3)->environment->text(), "");
  table_.OnExec(Exec({.exec_id = 4, .pid = 2, .previous = 3, .time_ns = 4}));
  EXPECT_EQ(table_.Find(4)->environment, nullptr);  // none was captured
}

TEST_F(ProcessTableTest, BoundsTheBytesOfEnvironments) {
  ProcessTable::Options options;
  options.max_string_bytes = 100'000;
  ProcessTable table(options, &containers_);
  for (uint32_t i = 1; i <= 100; ++i) table.OnExec(ExecWith({.exec_id = i, .pid = i}, std::string(4000, 'e')));
  EXPECT_GT(table.stats().environments_dropped, 60u);
  EXPECT_EQ(table.Find(100)->environment, nullptr);
}

TEST_F(ProcessTableTest, KeepsTheDetailsOfAnExecForWhatItForks) {
  RecordOf<vd_exec> exec = Exec({.exec_id = 1, .pid = 1, .time_ns = 1});
  exec->exe_flags |= VD_EXE_HAS_DETAILS;
  exec->fd_limit = 1024;
  exec.Bytes();
  table_.OnExec(exec.get());
  ASSERT_NE(table_.Find(1)->details, nullptr);
  EXPECT_EQ(table_.Find(1)->details->fd_limit, 1024u);
  table_.OnFork(Fork({.creator = 1, .creator_pid = 1, .child = 2, .child_pid = 2, .time_ns = 2}));
  EXPECT_EQ(table_.Find(2)->details, table_.Find(1)->details);
  table_.OnExec(Exec({.exec_id = 3, .pid = 2, .previous = 2, .time_ns = 3}));
  EXPECT_EQ(table_.Find(3)->details, nullptr);  // none were captured
}

TEST_F(ProcessTableTest, BoundsTheBytesOfDetails) {
  ProcessTable::Options options;
  options.max_string_bytes = 100'000;
  ProcessTable table(options, &containers_);
  for (uint32_t i = 1; i <= 100; ++i) {
    RecordOf<vd_exec> exec = Exec({.exec_id = i, .pid = i});
    exec->exe_flags |= VD_EXE_HAS_DETAILS;
    exec->stdio[0].mode = 0100644;
    exec.Add(offsetof(vd_exec, stdio[0].name), "/" + std::string(3999, 'd'));
    exec.Bytes();
    table.OnExec(exec.get());
  }
  EXPECT_GT(table.stats().details_dropped, 60u);
  EXPECT_EQ(table.Find(100)->details, nullptr);
}

TEST_F(ProcessTableTest, IsFlatUnderChurn) {
  table_.OnExec(Seed({.exec_id = 1, .pid = 1, .comm = "init"}));
  uint64_t id = 1;
  size_t most = 0;
  RecordOf<vd_fork> fork = Fork({.creator = 1, .creator_pid = 1});
  RecordOf<vd_exit> exit = Exit(0, 0, 0);
  for (uint64_t t = 1; t <= 100'000; ++t) {  // 10 000 a second
    uint64_t now = t * 100'000;
    uint32_t pid = 2 + t % 30000;
    fork->child_exec_id = ++id;
    fork->child_pid = pid;
    fork->h.time_ns = fork->child_start_ns = now;
    table_.OnFork(fork);
    exit->h.exec_id = id;
    exit->h.pid = pid;
    exit->h.time_ns = now;
    table_.OnExit(exit);
    table_.Advance(now);
    most = std::max<size_t>(most, table_.stats().images);
  }
  EXPECT_LE(most, 10'002u);  // one second's worth
  EXPECT_EQ(table_.stats().evicted, 0u);
}

}  // namespace
}  // namespace vedette
