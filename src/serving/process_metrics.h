#pragma once

#include <string>

namespace quoin {

/// This process in Prometheus' text format under the names every client library uses: process_cpu_seconds_total,
/// process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds, process_max_fds, process_threads,
/// process_start_time_seconds. What /proc does not tell is left out.
std::string process_exposition();

}  // namespace quoin
