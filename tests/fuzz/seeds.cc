// SPDX-License-Identifier: Apache-2.0
//
// fuzz_seeds CORPUS: writes the binary seeds, which no editor would: one record of every kind for `record`, a small
// life of processes for `stream`, and recordings of it for `recording`. Run by hand when bpf/abi/records.h changes;
// what it writes is committed.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sensor/context_record.h"
#include "sensor/event/event_kind.h"
#include "sensor/recording.h"
#include "tests/unit/sensor/bolt_writer.h"
#include "tests/unit/sensor/records.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;
using testing::RecordOf;
using Bytes = std::string;

Bytes BytesOf(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

void WriteFile(const fs::path& path, const Bytes& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

// --- A record with all its strings, per struct ---

template <typename R>
void AddPath(RecordOf<R>& r, size_t object, std::string_view path) {
  r.Add(object + offsetof(vd_object, path), path);
}

template <typename R>
void Fill(RecordOf<R>&) {}
void Fill(RecordOf<vd_exec>& r) {
  r->start_ns = 1;
  r->argc = 3;
  std::memcpy(r->comm, "sh", 3);
  AddPath(r, offsetof(vd_exec, exe), "/usr/bin/dash");
  r.Add(offsetof(vd_exec, filename), "/bin/sh");
  r.Add(offsetof(vd_exec, args), std::string_view("sh\0-c\0id\0", 9));
  r.Add(offsetof(vd_exec, cwd), "/root");
  r.Add(offsetof(vd_exec, cgroup), "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
}
void Fill(RecordOf<vd_exec_failed>& r) {
  AddPath(r, offsetof(vd_exec_failed, exe), "/tmp/x");
  r.Add(offsetof(vd_exec_failed, filename), "./x");
}
void Fill(RecordOf<vd_file_open>& r) {
  r->open_flags = 0101;  // O_WRONLY|O_CREAT
  r->file.mode = 0100644;
  AddPath(r, offsetof(vd_file_open, file), "/etc/shadow");
  r.Add(offsetof(vd_file_open, nameraw), "../etc/shadow");
}
void Fill(RecordOf<vd_path_change>& r) {
  AddPath(r, offsetof(vd_path_change, file), "/etc/a");
  AddPath(r, offsetof(vd_path_change, to), "/etc/b");
  r.Add(offsetof(vd_path_change, target), "/etc/shadow");
  r.Add(offsetof(vd_path_change, nameraw), "a");
  r.Add(offsetof(vd_path_change, nameraw_to), "./b");
}
void Fill(RecordOf<vd_mount>& r) {
  AddPath(r, offsetof(vd_mount, source_file), "/dev/sda1");
  AddPath(r, offsetof(vd_mount, target), "/mnt");
  r.Add(offsetof(vd_mount, source), "/dev/sda1");
  r.Add(offsetof(vd_mount, fstype), "ext4");
}
void Fill(RecordOf<vd_socket>& r) {
  r->family = 2;
  r->type = 1;
  r->local_port = 40000;
  r->remote_port = 22;
  r->role = VD_ROLE_CLIENT;
  r.Add(offsetof(vd_socket, unix_path), std::string_view("\0/run/x", 7));
  r.Add(offsetof(vd_socket, buffer), std::string_view("\xca\xfe\0\xbe", 4));
}
void Fill(RecordOf<vd_module>& r) {
  AddPath(r, offsetof(vd_module, file), "/tmp/rootkit.ko");
  r.Add(offsetof(vd_module, args), "hide=1");
}
void Fill(RecordOf<vd_call>& r) {
  r->h.syscall_nr = 319;  // memfd_create
  r->args[1] = 3;
  r.Add(offsetof(vd_call, text), "payload");
  r.Add(offsetof(vd_call, path), "/srv");
}
void Fill(RecordOf<vd_file_call>& r) {
  r->call.h.syscall_nr = 188;  // setxattr
  AddPath(r, offsetof(vd_file_call, file), "/etc/shadow");
  r->prot = 7;
  r->memory = VD_MEMORY_ASKED;
  r.Add(offsetof(vd_file_call, call.text), "user.x");
  r.Add(offsetof(vd_file_call, nameraw), "shadow");
  r.Add(offsetof(vd_file_call, base), "/etc");
  r.Add(offsetof(vd_file_call, name), "user.x");
}
void Fill(RecordOf<vd_signal>& r) {
  r->call.h.syscall_nr = 62;  // kill
  r->call.args[1] = r->signal = 9;
  r->target_pid = 7;
  r->target_exec_id = 3;
  r.Add(offsetof(vd_signal, target_exe), "/usr/sbin/sshd");
}
void Fill(RecordOf<vd_kernel_call>& r) {
  r->operation = 2;
  r.Add(offsetof(vd_kernel_call, name), "user");
  r.Add(offsetof(vd_kernel_call, description), "secret");
}

template <typename R>
Bytes Record(EventKind kind, uint64_t exec_id) {
  RecordOf<R> r(kind);
  r.header().exec_id = exec_id;
  r.header().pid = r.header().tid = static_cast<__u32>(exec_id);
  r.header().time_ns = 5;
  r.header().flags = VD_F_RESULT | VD_F_CONTAINER;
  r.header().cgroup_id = 9;
  Fill(r);
  return BytesOf(r.Bytes());
}

struct Named {
  std::string name;
  Bytes bytes;
};

std::vector<Named> OneOfEveryKind() {
  return {
#define VD_EVENT(KIND, name, lane, record, types, doc) {#name, Record<struct record>(VD_KIND_##KIND, 2)},
#include "bpf/abi/events.def"
#undef VD_EVENT
  };
}

Bytes ContextRecord() {
  Container container;
  container.id = "0123456789ab";
  container.full_id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  container.image = "alpine:3";
  container.details.mounts = std::vector<ContainerMount>{{"/proc", "/p", "ro", "rslave", false}};
  container.details.labels = Labels{{"app", "web"}};
  container.details.pod_labels = Labels{{"team", "red"}};
  container.details.host_pid = true;
  container.details.ip = "10.0.0.1";
  return BytesOf(MakeContextRecord(container));
}

// A shell is seeded, forks, its child execs, does one thing and ends.
std::vector<Bytes> Life(const Bytes& deed) {
  return {
      BytesOf(testing::Seed({.exec_id = 1, .pid = 1, .comm = "sshd", .args = {"sshd"}}).Bytes()),
      BytesOf(testing::Fork({.creator = 1, .creator_pid = 1, .child = 3, .child_pid = 2}).Bytes()),
      BytesOf(
          testing::Exec({.exec_id = 2, .pid = 2, .previous = 3, .parent = 1, .parent_pid = 1, .args = {"sh"}}).Bytes()),
      deed,
      BytesOf(testing::Exit(2, 2, 9).Bytes()),
  };
}

// --- Files ---

void WriteStream(const fs::path& path, const std::vector<Bytes>& records) {
  Bytes out;
  for (const Bytes& r : records) {
    out += static_cast<char>(r.size() & 0xff);
    out += static_cast<char>(r.size() >> 8);
    out += r;
  }
  WriteFile(path, out);
}

void WriteRecording(const fs::path& path, const std::vector<Bytes>& records) {
  fs::remove(path);
  auto writer = *RecordingWriter::Create(path, {1, "host", "6.1.0"});
  for (const Bytes& r : records) writer->Append(std::as_bytes(std::span(r))).IgnoreError();
  writer->Close().IgnoreError();
  fs::permissions(path, fs::perms(0644));
}

// Small pages, so that a small file has branches and pages that overflow.
void WriteDatabases(const fs::path& folder) {
  std::map<std::string, std::string> few{{"app", "shop"}, {"io.cri-containerd.kind", "sandbox"}}, many;
  for (int i = 0; i < 60; ++i) many["label-" + std::to_string(100 + i)] = "value";
  many["long"] = std::string(1500, 'v');
  WriteFile(folder / "inline",
            testing::BoltWriter::Write(testing::ContainerdDatabase("k8s.io", "3f4f1c6e", few), 1024));
  WriteFile(folder / "tree", testing::BoltWriter::Write(testing::ContainerdDatabase("k8s.io", "3f4f1c6e", many), 1024));
  WriteFile(folder / "empty", testing::BoltWriter::Write({}, 1024));
}

void WriteSeeds(const fs::path& corpus) {
  for (const char* target : {"bolt", "record", "stream", "recording"}) fs::create_directories(corpus / target);
  WriteDatabases(corpus / "bolt");
  for (const Named& record : OneOfEveryKind()) {
    WriteFile(corpus / "record" / record.name, record.bytes);
    WriteStream(corpus / "stream" / record.name, Life(record.bytes));
  }
  WriteFile(corpus / "record" / "context", ContextRecord());
  WriteStream(corpus / "stream" / "context", Life(ContextRecord()));
  WriteRecording(corpus / "recording" / "empty", {});
  WriteRecording(corpus / "recording" / "life", Life(ContextRecord()));
  fs::copy_file(corpus / "recording" / "life", corpus / "recording" / "truncated",
                fs::copy_options::overwrite_existing);
  fs::resize_file(corpus / "recording" / "truncated", fs::file_size(corpus / "recording" / "life") - 20);
}

}  // namespace
}  // namespace vedette

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds tests/fuzz/corpus\n");
    return 1;
  }
  vedette::WriteSeeds(argv[1]);
  return 0;
}
