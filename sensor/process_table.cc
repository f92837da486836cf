// SPDX-License-Identifier: Apache-2.0
#include "sensor/process_table.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace vedette {
namespace {

std::string_view StringOf(const vd_header& header, vd_str s) {
  return {reinterpret_cast<const char*>(&header) + s.offset, s.len};
}

std::string_view CommOf(const char (&comm)[16]) { return {comm, strnlen(comm, sizeof(comm))}; }

void AppendArg(std::string_view arg, Process& process) {
  if (process.argv.empty()) {
    process.exe = arg;
  } else {
    if (process.argv.size() > 1) process.args += ' ';
    process.args += arg;
  }
  process.argv.emplace_back(arg);
}

void SetDirectory(std::string_view path, Process& process) {
  process.cwd = path;
  if (!path.empty() && !path.ends_with('/')) process.cwd += '/';
}

// `text`: argv[0] first, each ended by NUL; the last may have been cut.
void SetArgs(std::string_view text, Process& process) {
  process.exe.clear();
  process.args.clear();
  process.argv.clear();
  while (!text.empty()) {
    size_t end = text.find('\0');
    AppendArg(text.substr(0, end), process);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  process.cmdline = process.comm;
  if (process.argv.size() > 1) process.cmdline += ' ' + process.args;
}

size_t HeapBytes(const Process& p) {
  size_t bytes = p.exe.capacity() + p.exe_path.capacity() + p.args.capacity() + p.cmdline.capacity() +
                 p.cwd.capacity() + p.cgroup.capacity() + p.argv.capacity() * sizeof(std::string);
  for (const std::string& arg : p.argv) bytes += arg.capacity();
  // Shared with what it forks: counted for each, so the bound is reached early rather than late.
  if (p.environment != nullptr) bytes += p.environment->HeapBytes();
  if (p.details != nullptr) bytes += p.details->HeapBytes();
  return bytes;
}

void ShrinkStrings(Process& p) {
  for (std::string Process::*s : {&Process::args, &Process::cmdline}) (p.*s).shrink_to_fit();
  p.argv.shrink_to_fit();
}

}  // namespace

struct ProcessTable::Image : Process {
  List* list = nullptr;
  List::iterator place;
  Image* first_child = nullptr;
  Image* next_sibling = nullptr;
  Image* previous_sibling = nullptr;
  uint64_t parent_exec_id = 0;  // of a seed whose parent has not come yet
  uint64_t container_time_ns = 0;
  uint64_t ended_ns = 0;  // exit_boot_ns, or when it was replaced
  size_t bytes = 0;
  bool exited = false;  // an exit record said so

  Image* parent_image() const { return static_cast<Image*>(parent); }
  void MoveTo(List* to) {
    to->splice(to->end(), *list, place);
    list = to;
  }
};

ProcessTable::ProcessTable(ContainerTable* containers) : ProcessTable(Options{}, containers) {}
ProcessTable::ProcessTable(Options options, ContainerTable* containers)
    : options_(std::move(options)), containers_(containers) {}

ProcessTable::~ProcessTable() {
  for (auto& [id, image] : images_) containers_->Release(image->container);
}

ProcessTable::Image* ProcessTable::FindImage(uint64_t exec_id) const {
  auto it = images_.find(exec_id);
  return it == images_.end() ? nullptr : it->second.get();
}

ProcessTable::Image* ProcessTable::Current(uint32_t pid) const {
  auto it = by_pid_.find(pid);
  return it == by_pid_.end() ? nullptr : it->second;
}

const Process* ProcessTable::Find(uint64_t exec_id) const { return FindImage(exec_id); }
const Process* ProcessTable::FindPid(uint32_t pid) const { return Current(pid); }

const Process* ProcessTable::FirstIn(const Container& container) const {
  for (const Image* image : alive_) {
    if (image->container == &container) return image;
  }
  return nullptr;
}

ProcessTable::Stats ProcessTable::stats() const {
  Stats out = stats_;
  out.images = images_.size();
  out.ended = ended_.size() + kept_.size();
  return out;
}

// --- life of an image ---

ProcessTable::Image* ProcessTable::Insert(uint64_t exec_id) {
  MakeRoom();
  auto owned = std::make_unique<Image>();
  Image* image = owned.get();
  image->exec_id = exec_id;
  image->list = &alive_;
  image->place = alive_.insert(alive_.end(), image);
  images_.emplace(exec_id, std::move(owned));
  return image;
}

void ProcessTable::MakeRoom() {
  while (images_.size() >= options_.max_images || ended_.size() + kept_.size() > options_.max_ended) {
    List& from = !ended_.empty() ? ended_ : !kept_.empty() ? kept_ : alive_;
    // Of the living, rather one that is nobody's parent: pid 1 is the oldest of all.
    auto leaf = from.begin();
    for (int i = 0; &from == &alive_ && i < 64 && leaf != from.end() && (*leaf)->first_child != nullptr; ++i) ++leaf;
    Image* victim = leaf == from.end() ? from.front() : *leaf;
    ++stats_.evicted;
    Remove(victim);
  }
}

void ProcessTable::Remove(Image* image) {
  while (image->first_child != nullptr) Attach(image->first_child, image->parent_image());
  Detach(image);
  if (auto it = by_pid_.find(image->pid); it != by_pid_.end() && it->second == image) by_pid_.erase(it);
  containers_->Release(image->container);
  string_bytes_ -= image->bytes;
  image->list->erase(image->place);
  images_.erase(image->exec_id);
}

// Also the ancestors that were only kept as such.
void ProcessTable::RemoveIdle(Image* image) {
  while (image != nullptr) {
    Image* parent = image->parent_image();
    Remove(image);
    image = parent != nullptr && parent->list == &kept_ && parent->first_child == nullptr ? parent : nullptr;
  }
}

void ProcessTable::End(Image* image, uint64_t boot_ns) {
  image->ended_ns = boot_ns;
  if (image->list == &alive_) image->MoveTo(&ended_);
}

void ProcessTable::BecomeCurrent(Image* image) {
  if (image->list != &alive_) image->MoveTo(&alive_);
  image->exit_boot_ns = 0;
  by_pid_[image->pid] = image;
}

void ProcessTable::Advance(uint64_t boot_ns) {
  while (!ended_.empty()) {
    Image* image = ended_.front();
    if (image->ended_ns > boot_ns || boot_ns - image->ended_ns < options_.linger_ns) return;
    if (image->first_child != nullptr) {
      image->MoveTo(&kept_);
    } else {
      RemoveIdle(image);
    }
  }
}

// --- the tree ---

void ProcessTable::Detach(Image* child) {
  Image* parent = child->parent_image();
  if (parent == nullptr) return;
  if (parent->first_child == child) parent->first_child = child->next_sibling;
  if (child->previous_sibling != nullptr) child->previous_sibling->next_sibling = child->next_sibling;
  if (child->next_sibling != nullptr) child->next_sibling->previous_sibling = child->previous_sibling;
  child->previous_sibling = child->next_sibling = nullptr;
  child->parent = nullptr;
}

void ProcessTable::SetParent(Image* child, Image* parent) {
  // What has no children is nobody's ancestor. A loop comes only out of a forged recording.
  for (Image* up = parent; up != nullptr && child->first_child != nullptr; up = up->parent_image()) {
    if (up == child) return;
  }
  Attach(child, parent);
}

void ProcessTable::Attach(Image* child, Image* parent) {
  Detach(child);
  if (parent == nullptr) return;
  child->parent = parent;
  child->next_sibling = parent->first_child;
  if (parent->first_child != nullptr) parent->first_child->previous_sibling = child;
  parent->first_child = child;
}

// Seeds come in the order of their pids, so a parent may follow its child.
void ProcessTable::LinkSeeds() {
  if (!seeds_unlinked_) return;
  seeds_unlinked_ = false;
  for (Image* image : alive_) {
    if (image->parent != nullptr || image->ppid == 0) continue;
    Image* parent = image->parent_exec_id != 0 ? FindImage(image->parent_exec_id) : nullptr;
    if (parent == nullptr) parent = Current(image->ppid);
    if (parent != nullptr && parent != image) SetParent(image, parent);
  }
}

// --- what is known of it ---

void ProcessTable::CountBytes(Image* image) {
  string_bytes_ -= image->bytes;
  image->bytes = HeapBytes(*image);
  string_bytes_ += image->bytes;
}

void ProcessTable::SetContainer(Image* image, bool in_container, uint64_t cgroup_id, uint64_t time_ns) {
  image->container_time_ns = time_ns;
  if (in_container && image->cgroup.empty() && options_.cgroup_of && !containers_->KnowsCgroup(cgroup_id)) {
    image->cgroup = options_.cgroup_of(image->pid, cgroup_id);
  }
  const Container* container = in_container ? containers_->Acquire(image->cgroup, cgroup_id) : nullptr;
  containers_->Release(image->container);
  image->container = container;
  image->in_container = in_container;
  image->cgroup_id = cgroup_id;
}

// Into or out of a container, or to another cgroup, without an exec: the path known is that of the former one.
void ProcessTable::MoveContainer(Image* image, const vd_header& header) {
  // Bulk records may be older than what a lifecycle record has said since.
  if (header.time_ns < image->container_time_ns) return;
  bool in_container = (header.flags & VD_F_CONTAINER) != 0;
  if (header.cgroup_id != image->cgroup_id) image->cgroup.clear();
  SetContainer(image, in_container, header.cgroup_id, header.time_ns);
}

void ProcessTable::FillFork(Image* image, const Image* creator, const vd_fork& record) {
  if (creator != nullptr) {
    image->pgid = creator->pgid;
    image->sid = creator->sid;
    image->vpgid = creator->vpgid;
    image->vsid = creator->vsid;
    image->tty = creator->tty;
    image->args_truncated = creator->args_truncated;
    image->comm = creator->comm;
    image->exe = creator->exe;
    image->exe_path = creator->exe_path;
    image->args = creator->args;
    image->cmdline = creator->cmdline;
    image->argv = creator->argv;
    image->environment = creator->environment;
    image->details = creator->details;
    image->cwd = creator->cwd;
    image->cgroup = creator->cgroup;
    image->exe_file = creator->exe_file;
    image->creds = creator->creds;
    image->ns = creator->ns;
  }
  image->pid = record.child_pid;
  image->vpid = record.child_vpid;
  image->ppid = record.h.pid;
  image->start_boot_ns = record.child_start_ns;
  image->exec_boot_ns = creator != nullptr ? creator->exec_boot_ns : record.child_start_ns;
  if (creator != nullptr && creator->cgroup_id != record.child_cgroup_id) image->cgroup.clear();
  SetContainer(image, (record.h.flags & VD_F_CONTAINER) != 0, record.child_cgroup_id, record.h.time_ns);
}

void ProcessTable::SetEnvironment(Image* image, const vd_exec& r) {
  image->environment.reset();
  if ((r.exe_flags & VD_EXE_HAS_ENV) == 0) return;
  std::string_view bytes = StringOf(r.h, r.env);
  if (!bytes.empty() && string_bytes_ > options_.max_string_bytes) {
    ++stats_.environments_dropped;
    return;
  }
  image->environment = std::make_shared<const Environment>(bytes);
}

void ProcessTable::SetDetails(Image* image, const vd_exec& r) {
  image->details.reset();
  if ((r.exe_flags & VD_EXE_HAS_DETAILS) == 0) return;
  if (string_bytes_ > options_.max_string_bytes) {
    ++stats_.details_dropped;
    return;
  }
  image->details = std::make_shared<const ExecDetails>(r);
}

void ProcessTable::FillExec(Image* image, const vd_exec& r) {
  const vd_header& h = r.h;
  image->pid = h.pid;
  image->vpid = r.vpid;
  image->ppid = r.parent_pid;
  image->pgid = r.pgid;
  image->sid = r.sid;
  image->vpgid = r.vpgid;
  image->vsid = r.vsid;
  image->tty = r.tty;
  image->start_boot_ns = r.start_ns;
  image->exec_boot_ns = (h.flags & VD_F_SEED) != 0 ? r.start_ns : h.time_ns;
  image->comm = CommOf(r.comm);
  image->exe_path = StringOf(h, r.exe.path);
  SetDirectory(StringOf(h, r.cwd), *image);
  image->cgroup = StringOf(h, r.cgroup);
  image->exe_file = {r.exe.ino, r.exe.dev, r.exe.mode, r.exe.uid, r.exe_ctime_ns, r.exe_mtime_ns, r.exe_flags};
  image->creds = r.creds;
  image->ns = r.ns;
  image->parent_exec_id = r.parent_exec_id;

  std::string_view args = StringOf(h, r.args);
  image->args_truncated = r.args_len > args.size();
  if (args.size() > kCutArgs && string_bytes_ > options_.max_string_bytes) {
    args = args.substr(0, kCutArgs);
    image->args_truncated = true;
    ++stats_.args_cut;
  }
  SetEnvironment(image, r);
  SetDetails(image, r);
  SetArgs(args, *image);
  ShrinkStrings(*image);
  SetContainer(image, (h.flags & VD_F_CONTAINER) != 0, h.cgroup_id, h.time_ns);
}

// --- records ---

void ProcessTable::OnFork(const vd_fork& record) {
  LinkSeeds();
  if (record.child_exec_id == 0) return;
  if (Image* known = FindImage(record.child_exec_id)) {
    // Seeded before its record came (the rings are read after the seeds): the seed knows more.
    if (!known->exited) BecomeCurrent(known);
    return;
  }
  Image* creator = FindImage(record.h.exec_id);
  if (creator == nullptr) creator = Current(record.h.pid);
  if (creator == nullptr) ++stats_.unknown_parents;
  if (Image* former = Current(record.child_pid); former != nullptr && former != creator) {
    // Of the same process, it is the seed of what this child has become since.
    if (former->start_boot_ns != record.child_start_ns) ++stats_.lost_exits;
    End(former, record.h.time_ns);
  }
  uint64_t creator_id = creator != nullptr ? creator->exec_id : 0;
  Image* image = Insert(record.child_exec_id);
  creator = creator_id != 0 ? FindImage(creator_id) : nullptr;  // making room may have taken it
  FillFork(image, creator, record);
  SetParent(image, creator);
  BecomeCurrent(image);
  CountBytes(image);
}

void ProcessTable::OnExec(const vd_exec& record) {
  const vd_header& h = record.h;
  if (h.exec_id == 0) return;
  bool seed = (h.flags & VD_F_SEED) != 0;
  if (seed) {
    seeds_unlinked_ = true;
  } else {
    LinkSeeds();
  }
  Image* image = FindImage(h.exec_id);
  if (image == nullptr) image = Insert(h.exec_id);
  Image* former = Current(h.pid);
  if (former == image) former = nullptr;
  FillExec(image, record);

  Image* parent = FindImage(record.parent_exec_id);
  if (former != nullptr) {
    // An exec keeps the process's parent. Its children keep the image that created them.
    if (former->parent != nullptr) parent = former->parent_image();
    if (former->start_boot_ns != 0 && record.start_ns == 0) image->start_boot_ns = former->start_boot_ns;
  }
  if (parent == nullptr && !seed) parent = Current(record.parent_pid);
  if (parent != nullptr && parent != image && image->parent == nullptr) SetParent(image, parent);
  if (former != nullptr) End(former, h.time_ns);
  BecomeCurrent(image);
  CountBytes(image);
}

void ProcessTable::OnExit(const vd_exit& record) {
  LinkSeeds();
  Image* image = record.h.exec_id != 0 ? FindImage(record.h.exec_id) : Current(record.h.pid);
  if (image == nullptr) return;
  image->exit_boot_ns = std::max<uint64_t>(record.h.time_ns, 1);
  image->exited = true;
  End(image, record.h.time_ns);
  if (auto it = by_pid_.find(image->pid); it != by_pid_.end() && it->second == image) by_pid_.erase(it);
}

void ProcessTable::OnCreds(const vd_creds_change& record) {
  LinkSeeds();
  if ((record.h.flags & VD_F_RESULT) != 0 && record.h.result < 0) return;
  // A thread may change its own only (setfsuid, a raw setuid); the process is its leader.
  if (record.h.pid != record.h.tid) return;
  if (Image* image = FindImage(record.h.exec_id)) image->creds = record.new_creds;
}

void ProcessTable::OnCall(const vd_call& record) {
  if (record.path.len == 0 || record.h.result != 0) return;
  LinkSeeds();
  Image* image = FindImage(record.h.exec_id);
  if (image == nullptr) return;
  SetDirectory(StringOf(record.h, record.path), *image);
  CountBytes(image);
}

const Process* ProcessTable::Acting(const vd_header& header) {
  LinkSeeds();
  Image* image = FindImage(header.exec_id);
  if (image == nullptr) return nullptr;
  bool in_container = (header.flags & VD_F_CONTAINER) != 0;
  if (in_container != image->in_container || header.cgroup_id != image->cgroup_id) MoveContainer(image, header);
  return image;
}

}  // namespace vedette
