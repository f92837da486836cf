// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/decoder.h"

#include <array>
#include <cstddef>
#include <utility>

#include "sensor/event/event_kind.h"

namespace vedette {
namespace {

// What must be checked in a record besides its size: where its strings and enumerators lie.
struct Layout {
  static constexpr size_t kMaxPlaces = 10;
  std::array<uint16_t, kMaxPlaces> strings{};
  size_t string_count = 0;
  std::array<uint16_t, 2> mount_classes{};
  size_t mount_class_count = 0;
  uint16_t role = 0;  // 0: none

  constexpr Layout& String(size_t offset) {
    strings[string_count++] = static_cast<uint16_t>(offset);
    return *this;
  }
  constexpr Layout& Object(size_t offset) {
    mount_classes[mount_class_count++] = static_cast<uint16_t>(offset + offsetof(vd_object, mount_class));
    return String(offset + offsetof(vd_object, path));
  }
  constexpr Layout& Role(size_t offset) {
    role = static_cast<uint16_t>(offset);
    return *this;
  }
};

// One per record struct. A struct without an entry does not compile.
template <typename Record>
constexpr Layout LayoutOf();

template <>
constexpr Layout LayoutOf<vd_fork>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_exit>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_creds_change>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_ptrace>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_namespace>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_bpf>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_container>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_capability>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_syscall_entry>() {
  return {};
}
template <>
constexpr Layout LayoutOf<vd_call>() {
  return Layout().String(offsetof(vd_call, text)).String(offsetof(vd_call, path));
}
template <>
constexpr Layout LayoutOf<vd_file_call>() {
  return Layout()
      .String(offsetof(vd_file_call, call.text))
      .String(offsetof(vd_file_call, call.path))
      .Object(offsetof(vd_file_call, file))
      .String(offsetof(vd_file_call, nameraw))
      .String(offsetof(vd_file_call, base))
      .String(offsetof(vd_file_call, name));
}
template <>
constexpr Layout LayoutOf<vd_signal>() {
  return Layout()
      .String(offsetof(vd_signal, call.text))
      .String(offsetof(vd_signal, call.path))
      .String(offsetof(vd_signal, target_exe));
}
template <>
constexpr Layout LayoutOf<vd_kernel_call>() {
  return Layout()
      .String(offsetof(vd_kernel_call, call.text))
      .String(offsetof(vd_kernel_call, call.path))
      .String(offsetof(vd_kernel_call, name))
      .String(offsetof(vd_kernel_call, description));
}
template <>
constexpr Layout LayoutOf<vd_exec>() {
  return Layout()
      .Object(offsetof(vd_exec, exe))
      .String(offsetof(vd_exec, filename))
      .String(offsetof(vd_exec, args))
      .String(offsetof(vd_exec, cwd))
      .String(offsetof(vd_exec, cgroup))
      .String(offsetof(vd_exec, env))
      .String(offsetof(vd_exec, stdio[0].name))
      .String(offsetof(vd_exec, stdio[1].name))
      .String(offsetof(vd_exec, stdio[2].name));
}
template <>
constexpr Layout LayoutOf<vd_exec_failed>() {
  return Layout().Object(offsetof(vd_exec_failed, exe)).String(offsetof(vd_exec_failed, filename));
}
template <>
constexpr Layout LayoutOf<vd_file_open>() {
  return Layout()
      .Object(offsetof(vd_file_open, file))
      .String(offsetof(vd_file_open, nameraw))
      .String(offsetof(vd_file_open, base));
}
template <>
constexpr Layout LayoutOf<vd_path_change>() {
  return Layout()
      .Object(offsetof(vd_path_change, file))
      .Object(offsetof(vd_path_change, to))
      .String(offsetof(vd_path_change, target))
      .String(offsetof(vd_path_change, nameraw))
      .String(offsetof(vd_path_change, nameraw_to))
      .String(offsetof(vd_path_change, base))
      .String(offsetof(vd_path_change, base_to));
}
template <>
constexpr Layout LayoutOf<vd_mount>() {
  return Layout()
      .Object(offsetof(vd_mount, source_file))
      .Object(offsetof(vd_mount, target))
      .String(offsetof(vd_mount, source))
      .String(offsetof(vd_mount, fstype));
}
template <>
constexpr Layout LayoutOf<vd_socket>() {
  return Layout()
      .String(offsetof(vd_socket, unix_path))
      .String(offsetof(vd_socket, buffer))
      .Role(offsetof(vd_socket, role));
}
template <>
constexpr Layout LayoutOf<vd_module>() {
  return Layout().Object(offsetof(vd_module, file)).String(offsetof(vd_module, args));
}

template <typename T>
const T& At(const vd_header& header, size_t offset) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(&header) + offset);
}

bool StringInside(vd_str s, uint32_t fixed_size, uint32_t size) {
  if (s.offset == 0) return s.len == 0;
  return s.offset >= fixed_size && static_cast<uint32_t>(s.offset) + s.len <= size;
}

// The layout is known when this is compiled: no loop is left.
template <typename Record>
DecodeError CheckBody(const vd_header& h) {
  static constexpr Layout kLayout = LayoutOf<Record>();
  constexpr auto kFixed = static_cast<uint32_t>(sizeof(Record));
  if (h.size < kFixed) return DecodeError::kSize;
  if (h.via >= VD_VIA_COUNT || h.verdict >= VD_VERDICT_COUNT) return DecodeError::kEnumerator;
  const bool classes = [&]<size_t... kI>(std::index_sequence<kI...>) {
    return ((At<uint32_t>(h, kLayout.mount_classes[kI]) < VD_MOUNT_COUNT) && ...);
  }
  (std::make_index_sequence<kLayout.mount_class_count>());
  if (!classes) return DecodeError::kEnumerator;
  if constexpr (kLayout.role != 0) {
    if (At<uint32_t>(h, kLayout.role) >= VD_ROLE_COUNT) return DecodeError::kEnumerator;
  }
  const bool strings = [&]<size_t... kI>(std::index_sequence<kI...>) {
    return (StringInside(At<vd_str>(h, kLayout.strings[kI]), kFixed, h.size) && ...);
  }
  (std::make_index_sequence<kLayout.string_count>());
  return strings ? DecodeError::kNone : DecodeError::kString;
}

using BodyCheck = DecodeError (*)(const vd_header&);
constexpr BodyCheck kBodyChecks[VD_KIND_COUNT] = {
    nullptr,
#define VD_EVENT(KIND, name, lane, record, types, doc) CheckBody<struct record>,
#include "bpf/abi/events.def"
#undef VD_EVENT
};

DecodeError Check(std::span<const std::byte> record) {
  if (record.size() < sizeof(vd_header)) return DecodeError::kTooShort;
  if (reinterpret_cast<uintptr_t>(record.data()) % alignof(vd_header) != 0) return DecodeError::kMisaligned;
  const auto& h = *reinterpret_cast<const vd_header*>(record.data());
  if (h.kind == VD_KIND_NONE || h.kind >= VD_KIND_COUNT) return DecodeError::kKind;
  if (h.size > record.size() || h.size > VD_MAX_RECORD) return DecodeError::kSize;
  return kBodyChecks[h.kind](h);
}

}  // namespace

std::string_view DecodeErrorText(DecodeError error) {
  constexpr std::string_view kTexts[] = {
      "no error",
      "the record is shorter than a header",
      "the record is not aligned to 8 bytes",
      "the record's size does not fit its kind or its bytes",
      "the record's kind is unknown; it may come from a newer version",
      "an enumerator of the record is out of range",
      "a string leaves the record",
  };
  return kTexts[static_cast<size_t>(error)];
}

DecodeError Decode(std::span<const std::byte> record, const vd_header*& header) {
  header = nullptr;
  DecodeError error = Check(record);
  if (error == DecodeError::kNone) header = reinterpret_cast<const vd_header*>(record.data());
  return error;
}

}  // namespace vedette
