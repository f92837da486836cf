// SPDX-License-Identifier: Apache-2.0
#include "sensor/proc_scan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "fmt/format.h"

namespace vedette {
namespace {

constexpr size_t kMaxCmdline = 256 << 10;  // read this far to know how much was cut
constexpr size_t kMaxSmallFile = 16 << 10;

std::string ReadFile(const std::string& path, size_t max) {
  std::string out;
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return out;
  char buffer[4096];
  ssize_t n;
  while (out.size() < max && (n = read(fd, buffer, sizeof(buffer))) > 0) out.append(buffer, n);
  close(fd);
  if (out.size() > max) out.resize(max);
  return out;
}

std::string ReadLink(const std::string& path) {
  char buffer[VD_MAX_PATH];
  ssize_t n = readlink(path.c_str(), buffer, sizeof(buffer));
  return n > 0 ? std::string(buffer, n) : std::string();
}

// Field 22 of /proc/PID/stat; the second field is in parentheses and may hold anything.
std::optional<uint64_t> StartTicks(std::string_view stat) {
  size_t at = stat.rfind(')');
  if (at == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(at + 1);
  for (int field = 2; field < 22; ++field) {
    size_t blank = stat.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(blank + 1);
  }
  return strtoull(std::string(stat.substr(0, 20)).c_str(), nullptr, 10);
}

bool SameStart(uint64_t start_ns, uint64_t ticks) {
  uint64_t tick_ns = 1'000'000'000 / static_cast<uint64_t>(std::max(1l, sysconf(_SC_CLK_TCK)));
  uint64_t expected = start_ns / tick_ns;
  return ticks == expected || ticks + 1 == expected || ticks == expected + 1;
}

uint64_t Nanoseconds(const timespec& t) {
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// What the kernel's link adds to the name of a file that has none any more.
constexpr std::string_view kDeleted = " (deleted)";

std::string_view Own(const vd_exec& seed, vd_str s) { return {reinterpret_cast<const char*>(&seed) + s.offset, s.len}; }

}  // namespace

struct ProcScan::Found {
  std::string exe, cmdline, environment, cwd, cgroup, comm;
  struct stat exe_stat {};
  uint64_t start_ticks = 0;
  bool alive = false;
};

ProcScan::ProcScan(std::string proc, bool environments)
    : proc_(std::move(proc)), environments_(environments), buffer_(VD_MAX_RECORD / 8) {}

std::string_view CgroupPathOf(std::string_view text) {
  std::string_view first;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    size_t id_end = line.find(':');
    size_t path = id_end == std::string_view::npos ? id_end : line.find(':', id_end + 1);
    if (path == std::string_view::npos) continue;
    std::string_view name = line.substr(path + 1);
    bool v2 = line.starts_with("0::");
    if (v2 && name.size() > 1) return name;
    if (first.size() <= 1) first = name;
  }
  return first;
}

std::string ProcScan::CgroupOf(uint32_t pid) const {
  return std::string(CgroupPathOf(ReadFile(fmt::format("{}/{}/cgroup", proc_, pid), kMaxSmallFile)));
}

ProcScan::Found ProcScan::Read(uint32_t pid) const {
  std::string dir = fmt::format("{}/{}/", proc_, pid);
  Found out;
  out.cmdline = ReadFile(dir + "cmdline", kMaxCmdline);
  if (environments_) out.environment = ReadFile(dir + "environ", kMaxCmdline);
  out.exe = ReadLink(dir + "exe");
  out.cwd = ReadLink(dir + "cwd");
  out.cgroup = CgroupOf(pid);
  out.comm = ReadFile(dir + "comm", 64);
  if (out.comm.ends_with('\n')) out.comm.pop_back();
  if (stat((dir + "exe").c_str(), &out.exe_stat) != 0) out.exe_stat = {};
  // Last: that the process still is the same makes all of the above its.
  std::optional<uint64_t> ticks = StartTicks(ReadFile(dir + "stat", kMaxSmallFile));
  out.alive = ticks.has_value();
  out.start_ticks = ticks.value_or(0);
  return out;
}

void ProcScan::Append(vd_str& to, std::string_view own, std::string_view found, size_t max) {
  std::string_view text = !own.empty() ? own : found;
  auto* record = reinterpret_cast<vd_exec*>(buffer_.data());
  size_t room = std::min(max, buffer_.size() * 8 - used_);
  if (text.size() > room) {
    text = text.substr(0, room);
    record->h.flags |= VD_F_TRUNCATED;
  }
  memcpy(reinterpret_cast<char*>(record) + used_, text.data(), text.size());
  to = text.empty() ? vd_str{0, 0} : vd_str{static_cast<__u16>(used_), static_cast<__u16>(text.size())};
  used_ += text.size();
}

std::span<const std::byte> ProcScan::Complete(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(vd_exec) || bytes.size() > VD_MAX_RECORD) return bytes;
  std::vector<uint64_t> aligned((bytes.size() + 7) / 8);
  memcpy(aligned.data(), bytes.data(), bytes.size());
  const vd_exec& seed = *reinterpret_cast<const vd_exec*>(aligned.data());
  for (vd_str s : {seed.exe.path, seed.filename, seed.args, seed.cwd, seed.cgroup, seed.stdio[0].name,
                   seed.stdio[1].name, seed.stdio[2].name}) {
    if (size_t{s.offset} + s.len > bytes.size()) return bytes;  // the decoder will refuse it
  }
  Found found = Read(seed.h.pid);
  if (!found.alive || !SameStart(seed.start_ns, found.start_ticks)) {
    ++gone_;
    return bytes;
  }
  ++completed_;
  auto& record = *reinterpret_cast<vd_exec*>(buffer_.data());
  record = seed;
  used_ = sizeof(vd_exec);
  if (record.comm[0] == '\0') memcpy(record.comm, found.comm.data(), std::min<size_t>(found.comm.size(), 15));
  if (found.exe_stat.st_ino != 0 && record.exe.ino == 0) {
    record.exe.ino = found.exe_stat.st_ino;
    record.exe.dev = major(found.exe_stat.st_dev) << 20 | minor(found.exe_stat.st_dev);
    record.exe.mode = found.exe_stat.st_mode;
    record.exe.uid = found.exe_stat.st_uid;
    record.exe.gid = found.exe_stat.st_gid;
    record.exe_ctime_ns = Nanoseconds(found.exe_stat.st_ctim);
    record.exe_mtime_ns = Nanoseconds(found.exe_stat.st_mtim);
  }
  if (found.exe_stat.st_ino != 0 && found.exe_stat.st_nlink == 0) record.exe_flags |= VD_EXE_UNLINKED;
  if (found.exe.starts_with("/memfd:")) {  // told as the programs tell it
    record.exe_flags |= VD_EXE_MEMFD;
    found.exe.erase(0, 1);
  }
  if (found.exe.ends_with(kDeleted) && (record.exe_flags & VD_EXE_UNLINKED) != 0) {
    found.exe.resize(found.exe.size() - kDeleted.size());
  }
  if (record.args_len == 0) record.args_len = static_cast<__u32>(found.cmdline.size());
  if (record.argc == 0) record.argc = static_cast<__u32>(std::count(found.cmdline.begin(), found.cmdline.end(), '\0'));
  Append(record.exe.path, Own(seed, seed.exe.path), found.exe, VD_MAX_PATH);
  Append(record.filename, Own(seed, seed.filename), "", VD_MAX_PATH);
  Append(record.cwd, Own(seed, seed.cwd), found.cwd, VD_MAX_PATH);
  Append(record.cgroup, Own(seed, seed.cgroup), found.cgroup, VD_MAX_CGROUP);
  Append(record.args, Own(seed, seed.args), found.cmdline, VD_MAX_ARGS);
  if (environments_) {
    record.exe_flags |= VD_EXE_HAS_ENV;
    record.env_len = static_cast<__u32>(found.environment.size());
    Append(record.env, "", found.environment, VD_MAX_ENV);
  }
  for (size_t fd = 0; fd < VD_STDIO; ++fd)
    Append(record.stdio[fd].name, Own(seed, seed.stdio[fd].name), "", VD_MAX_PATH);
  record.h.size = static_cast<__u32>(used_);
  return std::as_bytes(std::span(buffer_)).first(used_);
}

}  // namespace vedette
