// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"
#include "sensor/event/path_text.h"
#include "tests/unit/event/field_values.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

using Change = RecordBuilder<vd_path_change>;

std::string Joined(std::string_view directory, std::string_view path) {
  auto room = std::make_unique<Values>();
  TextWriter text(*room);
  AppendJoined(directory, path, text);
  return std::string(text.text());
}

TEST(PathText, JoinsLexically) {
  EXPECT_EQ(Joined("/home/user/", "x"), "/home/user/x");
  EXPECT_EQ(Joined("/home/user", "../x"), "/home/x");
  EXPECT_EQ(Joined("/home", "/etc//./ssh/../shadow/"), "/etc/shadow");
  EXPECT_EQ(Joined("/", "../../.."), "/");
  EXPECT_EQ(Joined("", ""), "/");
  EXPECT_EQ(Joined("relative", "x"), "/relative/x");
}

TEST(PathText, Splits) {
  EXPECT_EQ(DirectoryOf("/etc/shadow"), "/etc");
  EXPECT_EQ(DirectoryOf("/vmlinuz"), "/");
  EXPECT_EQ(DirectoryOf("shadow"), "/");
  EXPECT_EQ(FileNameOf("/etc/shadow"), "shadow");
  EXPECT_EQ(FileNameOf("/"), "");
  EXPECT_EQ(FileNameOf("shadow"), "shadow");
}

TEST(PathText, LongerThanTheScratchIsCutAndMarked) {
  auto room = std::make_unique<Values>();
  TextWriter text(*room);
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "/a";
  AppendJoined("/", deep, text);
  EXPECT_EQ(text.size(), Values::kScratch);
  EXPECT_TRUE(room->overflowed());
}

TEST(FsPath, OfARemovalIsItsName) {
  Change unlink(VD_KIND_FILE_UNLINK);
  unlink.Path(&vd_path_change::file, "/var/log/wtmp").String(&vd_path_change::nameraw, "wtmp").Syscall("unlink");
  EXPECT_EQ(Get(unlink.event(), "fs.path.name"), "/var/log/wtmp");
  EXPECT_EQ(Get(unlink.event(), "fs.path.nameraw"), "wtmp");
  EXPECT_EQ(Get(unlink.event(), "fs.path.source"), "<NULL>");
  EXPECT_EQ(Get(unlink.event(), "evt.arg.path"), "/var/log/wtmp");
}

TEST(FsPath, OfARenameAreTwo) {
  Change rename(VD_KIND_FILE_RENAME);
  rename.Path(&vd_path_change::file, "/a").Path(&vd_path_change::to, "/b").Syscall("rename");
  EXPECT_EQ(Get(rename.event(), "fs.path.source"), "/a");
  EXPECT_EQ(Get(rename.event(), "fs.path.target"), "/b");
  EXPECT_EQ(Get(rename.event(), "fs.path.name"), "/a");
  EXPECT_EQ(Get(rename.event(), "evt.arg.oldpath"), "/a");
  EXPECT_EQ(Get(rename.event(), "evt.arg.newpath"), "/b");
}

TEST(FsPath, IsWhatWasAskedForAndRealpathWhereItLed) {
  Change link(VD_KIND_FILE_LINK);
  link.Path(&vd_path_change::file, "/data/secret")
      .Path(&vd_path_change::to, "/srv/home/mine")
      .String(&vd_path_change::nameraw, "../link/./secret")
      .String(&vd_path_change::nameraw_to, "mine")
      .String(&vd_path_change::base, "/tmp/d")
      .String(&vd_path_change::base_to, "/home")
      .Syscall("linkat");
  Event e = link.event();
  EXPECT_EQ(Get(e, "fs.path.source"), "/tmp/link/secret");
  EXPECT_EQ(Get(e, "fs.path.target"), "/home/mine");
  EXPECT_EQ(Get(e, "fs.path.name"), "/tmp/link/secret");
  EXPECT_EQ(Get(e, "evt.abspath.src"), "/tmp/link/secret");
  EXPECT_EQ(Get(e, "evt.arg.oldpath"), "/tmp/link/secret");
  EXPECT_EQ(Get(e, "evt.arg.newpath"), "/home/mine");
  EXPECT_EQ(Get(e, "fs.realpath.source"), "/data/secret");
  EXPECT_EQ(Get(e, "fs.realpath.target"), "/srv/home/mine");
  EXPECT_EQ(Get(e, "fs.realpath.name"), "/data/secret");
}

TEST(FsPath, ThatNoHookResolvedIsJoined) {
  Change link(VD_KIND_FILE_LINK);
  link.String(&vd_path_change::nameraw, "/tmp/../etc/shadow")
      .String(&vd_path_change::nameraw_to, "mine")
      .Syscall("link");
  EXPECT_EQ(Get(link.event(), "evt.arg.oldpath"), "/etc/shadow");
  EXPECT_EQ(Get(link.event(), "fs.path.target"), "<NULL>");  // relative to a directory that is not known
  EXPECT_EQ(Get(link.event(), "fs.realpath.source"), "<NULL>");
  link.String(&vd_path_change::base_to, "/tmp");
  EXPECT_EQ(Get(link.event(), "fs.path.target"), "/tmp/mine");
}

TEST(FsPath, OfASymbolicLinkAreTheLinkAndItsText) {
  Change symlink(VD_KIND_FILE_SYMLINK);
  symlink.Path(&vd_path_change::file, "/tmp/innocent")
      .String(&vd_path_change::target, "/etc/shadow")
      .Syscall("symlinkat");
  Event e = symlink.event();
  EXPECT_EQ(Get(e, "evt.arg.target"), "/etc/shadow");
  EXPECT_EQ(Get(e, "evt.arg.linkpath"), "/tmp/innocent");
  EXPECT_EQ(Get(e, "fs.path.source"), "/etc/shadow");
  EXPECT_EQ(Get(e, "fs.path.target"), "/tmp/innocent");
  EXPECT_EQ(Get(e, "fs.path.name"), "/tmp/innocent");
}

TEST(FsPath, OfAMountIsTheMountPoint) {
  RecordBuilder<vd_mount> mount(VD_KIND_MOUNT);
  mount.Path(&vd_mount::target, "/mnt").String(&vd_mount::source, "/dev/vda1").String(&vd_mount::fstype, "ext4");
  mount->flags = 4096 | 16384;
  Event e = mount.event();
  EXPECT_EQ(Get(e, "fs.path.target"), "/mnt");
  EXPECT_EQ(Get(e, "fs.path.source"), "/dev/vda1");
  EXPECT_EQ(Get(e, "evt.arg.dev"), "/dev/vda1");
  EXPECT_EQ(Get(e, "evt.arg.dir"), "/mnt");
  EXPECT_EQ(Get(e, "evt.arg.type"), "ext4");
  EXPECT_EQ(Get(e, "evt.arg.flags"), "MS_BIND|MS_REC");
  EXPECT_EQ(Get(e, "mount.fstype"), "ext4");
  EXPECT_EQ(Get(e, "mount.flags"), "MS_BIND|MS_REC");
}

TEST(FsPath, OfAnUnmountIsWhatIsUnmounted) {
  RecordBuilder<vd_mount> umount(VD_KIND_UMOUNT);
  umount.Path(&vd_mount::target, "/proc/kcore").Syscall("umount2");
  umount->flags = 2;
  EXPECT_EQ(Get(umount.event(), "fs.path.name"), "/proc/kcore");
  EXPECT_EQ(Get(umount.event(), "evt.type"), "umount2");
  EXPECT_EQ(Get(umount.event(), "evt.arg.name"), "/proc/kcore");
  EXPECT_EQ(Get(umount.event(), "evt.arg.flags"), "DETACH");
}

}  // namespace
}  // namespace vedette
