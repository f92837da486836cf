// SPDX-License-Identifier: Apache-2.0
//
// Counts what the calling thread allocates with operator new: replaces it for the whole program, so it is included by
// one file of a test binary of its own.
#ifndef VEDETTE_TESTS_UNIT_COUNTED_ALLOCATIONS_H_
#define VEDETTE_TESTS_UNIT_COUNTED_ALLOCATIONS_H_

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {
thread_local uint64_t allocations = 0;

void* Allocate(size_t size) {
  ++allocations;
  void* p = std::malloc(size == 0 ? 1 : size);
  if (p == nullptr) std::abort();
  return p;
}
}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }

#endif  // VEDETTE_TESTS_UNIT_COUNTED_ALLOCATIONS_H_
