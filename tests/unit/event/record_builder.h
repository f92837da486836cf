// SPDX-License-Identifier: Apache-2.0
//
// RecordBuilder: a record as a BPF program would send it, for tests: its struct, then its strings.
//
//   RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
//   open->open_flags = O_RDONLY;
//   open.Path(&vd_file_open::file, "/etc/shadow").Result(3);
//   Event event = open.event(&process);
//
// Owns the bytes; events and spans of it are valid while it lives and no string is added.
#ifndef VEDETTE_TESTS_UNIT_EVENT_RECORD_BUILDER_H_
#define VEDETTE_TESTS_UNIT_EVENT_RECORD_BUILDER_H_

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

#include "bpf/abi/records.h"
#include "sensor/event/event.h"

namespace vedette {

template <typename Record>
class RecordBuilder {
 public:
  explicit RecordBuilder(EventKind kind) : bytes_(std::make_unique<Bytes>()) {
    new (bytes_->data) Record{};
    vd_header& h = header();
    h.size = sizeof(Record);
    h.kind = static_cast<uint16_t>(kind);
    h.pid = h.tid = 100;
    h.exec_id = 1;
    h.time_ns = 5'000'000'000;
    h.syscall_nr = VD_NO_SYSCALL;
  }

  Record* operator->() { return &record(); }
  Record& record() { return *reinterpret_cast<Record*>(bytes_->data); }
  vd_header& header() { return *reinterpret_cast<vd_header*>(bytes_->data); }

  // Appends a string and says where it lies; to be stored in a vd_str of the record.
  vd_str Put(std::string_view text) {
    vd_header& h = header();
    vd_str out{static_cast<uint16_t>(h.size), static_cast<uint16_t>(text.size())};
    std::memcpy(bytes_->data + h.size, text.data(), text.size());
    h.size += static_cast<uint32_t>(text.size());
    return out;
  }
  RecordBuilder& String(vd_str Record::*member, std::string_view text) {
    record().*member = Put(text);
    return *this;
  }
  RecordBuilder& Path(vd_object Record::*member, std::string_view text) {
    (record().*member).path = Put(text);
    return *this;
  }
  RecordBuilder& Syscall(std::string_view name) {
    header().syscall_nr = FindEventType(name).value_or(0);
    return *this;
  }
  RecordBuilder& Result(int64_t result) {
    header().result = result;
    header().flags |= VD_F_RESULT;
    return *this;
  }

  std::span<const std::byte> bytes() const {
    return {bytes_->data, reinterpret_cast<const vd_header*>(bytes_->data)->size};
  }

  Event event(const Process* process = nullptr) const {
    Event out;
    out.header = reinterpret_cast<const vd_header*>(bytes_->data);
    out.process = process;
    out.number = 1;
    out.time_ns = 1'700'000'000'000'000'000;
    out.type = TypeOf(*out.header);
    return out;
  }

 private:
  struct Bytes {
    alignas(8) std::byte data[VD_MAX_RECORD] = {};
  };
  std::unique_ptr<Bytes> bytes_;
};

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_EVENT_RECORD_BUILDER_H_
