// SPDX-License-Identifier: Apache-2.0
//
// PathInRoot: which file a name leads to, for a process. Any thread; touches the file system.
#ifndef VEDETTE_SENSOR_PATH_IN_ROOT_H_
#define VEDETTE_SENSOR_PATH_IN_ROOT_H_

#include <cstdint>
#include <string>

namespace vedette {

// The path, links followed and seen from the root of its mount namespace, of the file that `path` (absolute) names for
// the process; "": the process has ended, or there is no such file any more.
std::string PathInRoot(uint32_t pid, const std::string& path);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PATH_IN_ROOT_H_
