// What our objects, node-addon-api's headers in them included, call to have memory or a thread.
#include <cstddef>
#include <new>
#include <system_error>
#include <thread>

#include "faults/faults.h"

namespace gnvpro::faults {

Event allocation("allocation"), thread("thread");

}  // namespace gnvpro::faults

using gnvpro::faults::allocation;

// NOLINTBEGIN: the names are the linker's
extern "C" {
void* __real__Znwm(std::size_t size);
void* __real__Znam(std::size_t size);
void* __real__ZnwmSt11align_val_t(std::size_t size, std::align_val_t alignment);
void* __real_calloc(std::size_t count, std::size_t size);
void __real__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(std::thread* self,
                                                                                                  void* state,
                                                                                                  void (*depend)());

/** operator new(size_t) */
void* __wrap__Znwm(std::size_t size) {
  if (allocation.fails()) throw std::bad_alloc();
  return __real__Znwm(size);
}

/** operator new[](size_t) */
void* __wrap__Znam(std::size_t size) {
  if (allocation.fails()) throw std::bad_alloc();
  return __real__Znam(size);
}

/** operator new(size_t, align_val_t) */
void* __wrap__ZnwmSt11align_val_t(std::size_t size, std::align_val_t alignment) {
  if (allocation.fails()) throw std::bad_alloc();
  return __real__ZnwmSt11align_val_t(size, alignment);
}

void* __wrap_calloc(std::size_t count, std::size_t size) {
  return allocation.fails() ? nullptr : __real_calloc(count, size);
}

/** std::thread::_M_start_thread(unique_ptr<_State>, void (*)()) */
void __wrap__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(std::thread* self,
                                                                                                  void* state,
                                                                                                  void (*depend)()) {
  if (gnvpro::faults::thread.fails()) {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  }
  __real__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(self, state, depend);
}
}
// NOLINTEND
