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

// Puts the texts of an image together in one allocation, which it shares with what it forks.
class ImageText {
 public:
  ImageText(size_t bytes, size_t* total) : text_(bytes, total), at_(text_.data()) {}
  std::string_view Add(std::string_view s) {
    char* const begin = at_;
    at_ = std::copy(s.begin(), s.end(), at_);
    return {begin, s.size()};
  }
  std::string_view AddDirectory(std::string_view path) {
    if (path.empty() || path.ends_with('/')) return Add(path);
    const std::string_view added = Add(path);
    return {added.data(), added.size() + Add("/").size()};
  }
  // `s` with a blank for each NUL.
  std::string_view AddWithBlanks(std::string_view s) {
    char* const begin = at_;
    at_ = std::replace_copy(s.begin(), s.end(), at_, '\0', ' ');
    return {begin, s.size()};
  }
  std::string_view Since(const char* begin) const { return {begin, static_cast<size_t>(at_ - begin)}; }
  SharedText Take() { return std::move(text_); }

 private:
  SharedText text_;
  char* at_;
};

// `text`: argv[0] first, each ended by NUL; the last may have been cut.
void SetArgs(std::string_view text, std::string_view comm, ImageText& writer, Process& process) {
  const size_t end = std::min(text.find('\0'), text.size());
  process.argc = text.empty() ? 0 : 1;
  process.exe = writer.Add(text.substr(0, end));
  std::string_view rest = text.substr(std::min(end + 1, text.size()));
  process.comm = process.cmdline = writer.Add(comm);
  process.args = {};
  if (rest.empty()) return;
  if (rest.ends_with('\0')) rest.remove_suffix(1);
  process.argc += 1 + static_cast<uint32_t>(std::count(rest.begin(), rest.end(), '\0'));
  writer.Add(" ");
  process.args = writer.AddWithBlanks(rest);
  process.cmdline = writer.Since(process.comm.data());
}

}  // namespace

struct ProcessTable::Image : Process {
  List* list = nullptr;
  Image *next = nullptr, *previous = nullptr;  // in the list
  Image* first_child = nullptr;
  Image* next_sibling = nullptr;
  Image* previous_sibling = nullptr;
  uint64_t parent_exec_id = 0;  // of a seed whose parent has not come yet
  uint64_t container_time_ns = 0;
  uint64_t ended_ns = 0;    // exit_boot_ns, or when it was replaced
  size_t shared_bytes = 0;  // environment and details: counted for each that has them, so the bound is reached early
  bool exited = false;      // an exit record said so

  Image* parent_image() const { return static_cast<Image*>(parent); }
};

void ProcessTable::List::Add(Image* image) {
  image->list = this;
  image->next = nullptr;
  image->previous = last;
  (last != nullptr ? last->next : first) = image;
  last = image;
  ++size;
}

void ProcessTable::List::Remove(Image* image) {
  (image->previous != nullptr ? image->previous->next : first) = image->next;
  (image->next != nullptr ? image->next->previous : last) = image->previous;
  image->list = nullptr;
  --size;
}

void ProcessTable::Move(Image* image, List* to) {
  image->list->Remove(image);
  to->Add(image);
}

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
  for (const Image* image = alive_.first; image != nullptr; image = image->next) {
    if (image->container == &container) return image;
  }
  return nullptr;
}

std::vector<const Process*> ProcessTable::WithoutProfile(const Container& container) const {
  std::vector<const Process*> out;
  for (const Image* image = alive_.first; image != nullptr; image = image->next) {
    if (image->container == &container && image->profile == 0) out.push_back(image);
  }
  return out;
}

ProcessTable::Stats ProcessTable::stats() const {
  Stats out = stats_;
  out.images = images_.size();
  out.ended = ended_.size + kept_.size;
  return out;
}

// --- life of an image ---

ProcessTable::Image* ProcessTable::Insert(uint64_t exec_id) {
  MakeRoom();
  auto owned = std::make_unique<Image>();
  Image* image = owned.get();
  image->exec_id = exec_id;
  alive_.Add(image);
  images_.emplace(exec_id, std::move(owned));
  return image;
}

void ProcessTable::MakeRoom() {
  while (images_.size() >= options_.max_images || ended_.size + kept_.size > options_.max_ended) {
    List& from = ended_.first != nullptr ? ended_ : kept_.first != nullptr ? kept_ : alive_;
    // Of the living, rather one that is nobody's parent: pid 1 is the oldest of all.
    Image* leaf = from.first;
    for (int i = 0; &from == &alive_ && i < 64 && leaf != nullptr && leaf->first_child != nullptr; ++i)
      leaf = leaf->next;
    Image* victim = leaf == nullptr ? from.first : leaf;
    ++stats_.evicted;
    Remove(victim);
  }
}

void ProcessTable::ForgetPid(Image* image) {
  if (auto it = by_pid_.find(image->pid); it != by_pid_.end() && it->second == image) by_pid_.erase(it);
}

void ProcessTable::Remove(Image* image) {
  while (image->first_child != nullptr) Attach(image->first_child, image->parent_image());
  Detach(image);
  ForgetPid(image);
  containers_->Release(image->container);
  string_bytes_ -= image->shared_bytes;
  if (acting_ == image) acting_ = nullptr;
  image->list->Remove(image);
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
  if (image->list == &alive_) Move(image, &ended_);
}

void ProcessTable::BecomeCurrent(Image* image) {
  if (image->list != &alive_) Move(image, &alive_);
  image->exit_boot_ns = 0;
  by_pid_[image->pid] = image;
}

void ProcessTable::Advance(uint64_t boot_ns) {
  while (Image* image = ended_.first) {
    if (image->ended_ns > boot_ns || boot_ns - image->ended_ns < options_.linger_ns) return;
    if (image->first_child != nullptr) {
      Move(image, &kept_);
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
  Changed(child);
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
  for (Image* image = alive_.first; image != nullptr; image = image->next) {
    if (image->parent != nullptr || image->ppid == 0) continue;
    Image* parent = image->parent_exec_id != 0 ? FindImage(image->parent_exec_id) : nullptr;
    if (parent == nullptr) parent = Current(image->ppid);
    if (parent != nullptr && parent != image) SetParent(image, parent);
  }
}

// --- what is known of it ---

// Its own facts, and so those that its descendants have as their ancestor's. Few that have children change.
void ProcessTable::Changed(Image* image) {
  image->version = ++versions_;
  if (image->first_child != nullptr) AllChanged();
}

void ProcessTable::SetDirectory(Image* image, std::string_view path) {
  ImageText writer(path.size() + 1, &string_bytes_);
  image->cwd = writer.AddDirectory(path);
  image->cwd_text = writer.Take();
}

void ProcessTable::SetContainer(Image* image, bool in_container, uint64_t cgroup_id, uint64_t time_ns) {
  image->container_time_ns = time_ns;
  if (in_container && image->cgroup.empty() && options_.cgroup_of && !containers_->KnowsCgroup(cgroup_id)) {
    const std::string path = options_.cgroup_of(image->pid, cgroup_id);
    ImageText writer(path.size(), &string_bytes_);
    image->cgroup = writer.Add(path);
    image->cgroup_text = writer.Take();
  }
  const Container* container = in_container ? containers_->Acquire(image->cgroup, cgroup_id) : nullptr;
  containers_->Release(image->container);
  image->container = container;
  image->in_container = in_container;
  image->cgroup_id = cgroup_id;
  Changed(image);
}

// Into or out of a container, or to another cgroup, without an exec: the path known is that of the former one.
void ProcessTable::MoveContainer(Image* image, const vd_header& header) {
  // Bulk records may be older than what a lifecycle record has said since.
  if (header.time_ns < image->container_time_ns) return;
  bool in_container = (header.flags & VD_F_CONTAINER) != 0;
  if (header.cgroup_id != image->cgroup_id) image->cgroup = {};
  SetContainer(image, in_container, header.cgroup_id, header.time_ns);
}

void ProcessTable::FillFork(Image* image, const Image* creator, const vd_fork& record) {
  if (creator != nullptr) {
    image->pgid = creator->pgid;
    image->sid = creator->sid;
    image->vpgid = creator->vpgid;
    image->vsid = creator->vsid;
    image->tty = creator->tty;
    image->profile = creator->profile;
    image->args_truncated = creator->args_truncated;
    image->argc = creator->argc;
    image->comm = creator->comm;
    image->exe = creator->exe;
    image->exe_path = creator->exe_path;
    image->args = creator->args;
    image->cmdline = creator->cmdline;
    image->cwd = creator->cwd;
    image->cgroup = creator->cgroup;
    image->text = creator->text;
    image->cwd_text = creator->cwd_text;
    image->cgroup_text = creator->cgroup_text;
    image->environment = creator->environment;
    image->details = creator->details;
    CountShared(image);
    image->exe_file = creator->exe_file;
    image->creds = creator->creds;
    image->ns = creator->ns;
  }
  image->pid = record.child_pid;
  image->vpid = record.child_vpid;
  image->ppid = record.h.pid;
  image->start_boot_ns = record.child_start_ns;
  image->exec_boot_ns = creator != nullptr ? creator->exec_boot_ns : record.child_start_ns;
  if (creator != nullptr && creator->cgroup_id != record.child_cgroup_id) image->cgroup = {};
  SetContainer(image, (record.h.flags & VD_F_CONTAINER) != 0, record.child_cgroup_id, record.h.time_ns);
}

void ProcessTable::CountShared(Image* image) {
  string_bytes_ -= image->shared_bytes;
  image->shared_bytes = 0;
  if (image->environment != nullptr) image->shared_bytes += image->environment->HeapBytes();
  if (image->details != nullptr) image->shared_bytes += image->details->HeapBytes();
  string_bytes_ += image->shared_bytes;
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

void ProcessTable::SetTexts(Image* image, const vd_exec& r, std::string_view args) {
  const std::string_view path = StringOf(r.h, r.exe.path), cwd = StringOf(r.h, r.cwd), cgroup = StringOf(r.h, r.cgroup);
  const std::string_view comm = CommOf(r.comm);
  ImageText writer(path.size() + cwd.size() + 1 + cgroup.size() + args.size() + comm.size() + 1, &string_bytes_);
  image->exe_path = writer.Add(path);
  image->cwd = writer.AddDirectory(cwd);
  image->cgroup = writer.Add(cgroup);
  SetArgs(args, comm, writer, *image);
  image->text = writer.Take();
  image->cwd_text = image->cgroup_text = {};
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
  if (image->pid != h.pid) ForgetPid(image);  // an exec id seen with another pid: a forged recording
  image->pid = h.pid;
  image->vpid = r.vpid;
  image->ppid = r.parent_pid;
  image->pgid = r.pgid;
  image->sid = r.sid;
  image->vpgid = r.vpgid;
  image->vsid = r.vsid;
  image->tty = r.tty;
  image->profile = r.profile;
  image->caller_profile = r.caller_profile;
  image->start_boot_ns = r.start_ns;
  image->exec_boot_ns = (h.flags & VD_F_SEED) != 0 ? r.start_ns : h.time_ns;
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
  CountShared(image);
  SetTexts(image, r, args);
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
}

void ProcessTable::SetProfile(uint64_t exec_id, uint32_t profile, uint32_t caller_profile) {
  Image* image = FindImage(exec_id);
  if (image == nullptr || (image->profile == profile && image->caller_profile == caller_profile)) return;
  image->profile = profile;
  image->caller_profile = caller_profile;
  Changed(image);
}

void ProcessTable::OnExit(const vd_exit& record) {
  LinkSeeds();
  Image* image = record.h.exec_id != 0 ? FindImage(record.h.exec_id) : Current(record.h.pid);
  if (image == nullptr) return;
  image->exit_boot_ns = std::max<uint64_t>(record.h.time_ns, 1);
  image->exited = true;
  End(image, record.h.time_ns);
  ForgetPid(image);
}

void ProcessTable::OnCreds(const vd_creds_change& record) {
  LinkSeeds();
  if ((record.h.flags & VD_F_RESULT) != 0 && record.h.result < 0) return;
  // A thread may change its own only (setfsuid, a raw setuid); the process is its leader.
  if (record.h.pid != record.h.tid) return;
  Image* image = FindImage(record.h.exec_id);
  if (image == nullptr) return;
  image->creds = record.new_creds;
  Changed(image);
}

void ProcessTable::OnCall(const vd_call& record) {
  if (record.path.len == 0 || record.h.result != 0) return;
  LinkSeeds();
  Image* image = FindImage(record.h.exec_id);
  if (image == nullptr) return;
  SetDirectory(image, StringOf(record.h, record.path));
  Changed(image);
}

void ProcessTable::OnProfile(const vd_container& record) {
  if ((record.h.flags & VD_F_SEED) == 0) return;
  LinkSeeds();
  Image* image = FindImage(record.h.exec_id);
  if (image == nullptr) return;
  image->profile = record.h.policy_id;
  Changed(image);
}

const Process* ProcessTable::Acting(const vd_header& header) {
  LinkSeeds();
  if (acting_ == nullptr || acting_->exec_id != header.exec_id) acting_ = FindImage(header.exec_id);
  Image* const image = acting_;
  if (image == nullptr) return nullptr;
  bool in_container = (header.flags & VD_F_CONTAINER) != 0;
  if (in_container != image->in_container || header.cgroup_id != image->cgroup_id) MoveContainer(image, header);
  return image;
}

}  // namespace vedette
