// SPDX-License-Identifier: Apache-2.0
#include "sensor/proc_scan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/sensor/records.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

using testing::RecordOf;

// A /proc of one process.
class FakeProc : public ::testing::Test {
 protected:
  FakeProc() {
    std::filesystem::create_directories(root_ + "/42");
    Write("cmdline", std::string("nginx\0-g\0daemon off;\0", 21));
    Write("comm", "nginx\n");
    Write("cgroup", "0::/system.slice/nginx.service\n");
    Write("stat", Stat(500));
    std::filesystem::create_symlink("/usr/sbin/nginx", root_ + "/42/exe");
    std::filesystem::create_symlink("/var/www", root_ + "/42/cwd");
  }
  void Write(const std::string& file, const std::string& text) { std::ofstream(root_ + "/42/" + file) << text; }
  static std::string Stat(uint64_t start_ticks) {
    return "42 (a) S (b) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " + std::to_string(start_ticks) + " 0 0\n";
  }
  static RecordOf<vd_exec> Bare(uint64_t start_ns) {
    RecordOf<vd_exec> seed(VD_KIND_EXEC);
    seed->h.flags = VD_F_SEED;
    seed->h.pid = 42;
    seed->h.exec_id = 7;
    seed->start_ns = start_ns;
    return seed;
  }
  static std::string Text(std::span<const std::byte> record, vd_str s) {
    return {reinterpret_cast<const char*>(record.data()) + s.offset, s.len};
  }
  TemporaryDirectory directory_;
  const std::string root_ = directory_.path();
  const uint64_t tick_ns_ = 1'000'000'000 / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
};

TEST_F(FakeProc, GivesASeedItsStrings) {
  ProcScan scan(root_);
  RecordOf<vd_exec> seed = Bare(500 * tick_ns_ + 17);
  std::span<const std::byte> bytes = scan.Complete(seed.Bytes());
  const auto& r = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_EQ(r.h.size, bytes.size());
  EXPECT_EQ(r.h.exec_id, 7u);
  EXPECT_EQ(Text(bytes, r.exe.path), "/usr/sbin/nginx");
  EXPECT_EQ(Text(bytes, r.args), std::string("nginx\0-g\0daemon off;\0", 21));
  EXPECT_EQ(Text(bytes, r.cwd), "/var/www");
  EXPECT_EQ(Text(bytes, r.cgroup), "/system.slice/nginx.service");
  EXPECT_EQ(r.argc, 3u);
  EXPECT_EQ(r.args_len, 21u);
  EXPECT_STREQ(r.comm, "nginx");
  EXPECT_EQ(scan.completed(), 1u);
}

TEST_F(FakeProc, KeepsWhatTheKernelSaid) {
  ProcScan scan(root_);
  RecordOf<vd_exec> seed = Bare(500 * tick_ns_);
  seed.Add(offsetof(vd_exec, exe) + offsetof(vd_object, path), "/kernel/says");
  seed.Add(offsetof(vd_exec, cgroup), "/k");
  memcpy(seed->comm, "kernel", 7);
  std::span<const std::byte> bytes = scan.Complete(seed.Bytes());
  const auto& r = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_EQ(Text(bytes, r.exe.path), "/kernel/says");
  EXPECT_EQ(Text(bytes, r.cgroup), "/k");
  EXPECT_STREQ(r.comm, "kernel");
  EXPECT_EQ(Text(bytes, r.cwd), "/var/www");
}

TEST_F(FakeProc, KeepsWhereTheDescriptorsLead) {
  ProcScan scan(root_);
  RecordOf<vd_exec> seed = Bare(500 * tick_ns_);
  seed.Add(offsetof(vd_exec, stdio[0].name), "/dev/null");
  seed.Add(offsetof(vd_exec, stdio[2].name), "pipe:[17]");
  std::span<const std::byte> bytes = scan.Complete(seed.Bytes());
  const auto& r = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_EQ(Text(bytes, r.stdio[0].name), "/dev/null");
  EXPECT_EQ(Text(bytes, r.stdio[1].name), "");
  EXPECT_EQ(Text(bytes, r.stdio[2].name), "pipe:[17]");
}

TEST_F(FakeProc, DoesNotTakeAnotherProcessWithTheSamePid) {
  ProcScan scan(root_);
  RecordOf<vd_exec> seed = Bare(9000 * tick_ns_);
  std::span<const std::byte> bytes = scan.Complete(seed.Bytes());
  EXPECT_EQ(bytes.size(), sizeof(vd_exec));
  EXPECT_EQ(scan.gone(), 1u);
}

TEST_F(FakeProc, LeavesTheSeedOfAProcessThatIsGone) {
  ProcScan scan(root_);
  RecordOf<vd_exec> seed = Bare(500 * tick_ns_);
  seed->h.pid = 43;
  EXPECT_EQ(scan.Complete(seed.Bytes()).size(), sizeof(vd_exec));
  EXPECT_EQ(scan.CgroupOf(43), "");
}

TEST_F(FakeProc, CutsLongArgumentsAndSaysSo) {
  Write("cmdline", std::string(100'000, 'a'));
  ProcScan scan(root_);
  RecordOf<vd_exec> seed = Bare(500 * tick_ns_);
  std::span<const std::byte> bytes = scan.Complete(seed.Bytes());
  const auto& r = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_EQ(r.args.len, VD_MAX_ARGS);
  EXPECT_EQ(r.args_len, 100'000u);
  EXPECT_NE(r.h.flags & VD_F_TRUNCATED, 0);
  EXPECT_LE(bytes.size(), size_t{VD_MAX_RECORD});
}

TEST_F(FakeProc, ReadsEnvironmentsOnlyWhenAsked) {
  const std::string environment("HOME=/root\0LANG=C\0", 18);
  Write("environ", environment);
  RecordOf<vd_exec> seed = Bare(500 * tick_ns_);
  ProcScan with(root_, true), without(root_);
  std::span<const std::byte> bytes = with.Complete(seed.Bytes());
  const auto& r = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_NE(r.exe_flags & VD_EXE_HAS_ENV, 0u);
  EXPECT_EQ(Text(bytes, r.env), environment);
  EXPECT_EQ(r.env_len, 18u);
  bytes = without.Complete(seed.Bytes());
  const auto& bare = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_EQ(bare.exe_flags & VD_EXE_HAS_ENV, 0u);
  EXPECT_EQ(bare.env.len, 0u);
}

TEST_F(FakeProc, CutsLongEnvironmentsAndSaysSo) {
  Write("environ", std::string(10'000, 'E'));
  ProcScan scan(root_, true);
  RecordOf<vd_exec> seed = Bare(500 * tick_ns_);
  std::span<const std::byte> bytes = scan.Complete(seed.Bytes());
  const auto& r = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_EQ(r.env.len, VD_MAX_ENV);
  EXPECT_EQ(r.env_len, 10'000u);
  EXPECT_NE(r.h.flags & VD_F_TRUNCATED, 0);
}

TEST(ProcScanOfThisHost, CompletesThisProcess) {
  ProcScan scan;
  std::string stat;
  std::getline(std::ifstream("/proc/self/stat"), stat);
  std::string_view rest(stat);
  rest.remove_prefix(rest.rfind(')'));
  for (int i = 2; i < 22; ++i) rest.remove_prefix(rest.find(' ') + 1);
  uint64_t tick_ns = 1'000'000'000 / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  RecordOf<vd_exec> seed(VD_KIND_EXEC);
  seed->h.pid = static_cast<__u32>(getpid());
  seed->start_ns = std::stoull(std::string(rest.substr(0, rest.find(' ')))) * tick_ns;
  std::span<const std::byte> bytes = scan.Complete(seed.Bytes());
  const auto& r = *reinterpret_cast<const vd_exec*>(bytes.data());
  EXPECT_EQ(scan.completed(), 1u);
  EXPECT_NE(r.exe.ino, 0u);
  EXPECT_GT(r.exe.path.len, 0u);
}

TEST(CgroupPath, IsTheV2OneElseTheFirstThatIsNotTheRoot) {
  EXPECT_EQ(CgroupPathOf("0::/init.scope\n"), "/init.scope");
  EXPECT_EQ(CgroupPathOf("12:pids:/docker/abc\n1:name=systemd:/docker/abc\n0::/\n"), "/docker/abc");
  EXPECT_EQ(CgroupPathOf("12:pids:/v1\n0::/v2\n"), "/v2");
  EXPECT_EQ(CgroupPathOf("3:cpu,cpuacct:/a:b\n"), "/a:b");
  EXPECT_EQ(CgroupPathOf("2:cpu:/\n0::/\n"), "/");
  EXPECT_EQ(CgroupPathOf("nonsense\n::\n"), "");
  EXPECT_EQ(CgroupPathOf(""), "");
}

}  // namespace
}  // namespace vedette
