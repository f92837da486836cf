// SPDX-License-Identifier: Apache-2.0
//
// Small texts that others write: cgroup paths, /proc/PID/cgroup, image references, passwd and group files.
#include "sensor/container_id.h"
#include "sensor/container_metadata.h"
#include "sensor/event/user_database.h"
#include "sensor/proc_scan.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  const std::string_view text = TextOf(data, size);
  const ContainerId id = ContainerIdOfCgroup(text);
  FUZZ_CHECK(id.full_id.size() <= kMaxContainerId);
  FUZZ_CHECK(id.full_id.empty() || !id.runtime.empty());
  FUZZ_CHECK(ShortContainerId(id.full_id).size() <= id.full_id.size());

  const std::string_view path = CgroupPathOf(text);
  FUZZ_CHECK(path.empty() || (path.data() >= text.data() && path.data() + path.size() <= text.data() + text.size()));
  ContainerIdOfCgroup(path);

  Container container;
  SetImage(text, container);
  FUZZ_CHECK(container.image_repository.size() + container.image_tag.size() + container.image_digest.size() <= size);

  UserDatabase users;
  users.ParsePasswd(text);
  users.ParseGroup(text);
  users.FindUser(0);
  return 0;
}
