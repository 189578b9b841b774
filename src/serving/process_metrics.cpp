#include "serving/process_metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <vector>

namespace quoin {
namespace {

std::string text_of(const char* file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The fields of /proc/self/stat from the third on; the second is the name in parentheses, which may hold blanks.
std::vector<double> stat_fields() {
    auto text = text_of("/proc/self/stat");
    auto end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) return {};
    std::istringstream rest(text.substr(end_of_name + 3));
    std::string state;
    rest >> state;
    std::vector<double> fields = {0};
    for (double value; rest >> value;) fields.push_back(value);
    return fields;
}

/// Seconds since 1970 at which the machine started.
double boot_time_seconds() {
    std::istringstream lines(text_of("/proc/stat"));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
    }
    return 0;
}

struct Metric {
    std::string_view name, type, help;
    double value;
};

std::string exposition_of(const Metric& metric) {
    return fmt::format("# HELP process_{0} {2}\n# TYPE process_{0} {1}\nprocess_{0} {3}\n", metric.name, metric.type, metric.help,
                       metric.value);
}

}  // namespace

std::string process_exposition() {
    std::vector<Metric> metrics;
    // proc(5) counts from 1 and our first field is the third: utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24.
    if (auto fields = stat_fields(); fields.size() > 21) {
        auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK)), page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
        metrics = {{"cpu_seconds_total", "counter", "User and system CPU time spent in seconds.", (fields[11] + fields[12]) / ticks},
                   {"resident_memory_bytes", "gauge", "Resident memory size in bytes.", fields[21] * page_bytes},
                   {"virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", fields[20]},
                   {"start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.",
                    boot_time_seconds() + fields[19] / ticks},
                   {"threads", "gauge", "Number of threads.", fields[17]}};
    }
    std::error_code error;
    std::filesystem::directory_iterator files("/proc/self/fd", error);
    auto open_files = static_cast<double>(std::distance(begin(files), end(files)));
    if (!error) metrics.push_back({"open_fds", "gauge", "Number of open file descriptors.", open_files});
    if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        metrics.push_back({"max_fds", "gauge", "Maximum number of open file descriptors.", static_cast<double>(limit.rlim_cur)});
    }
    std::string out;
    for (const auto& metric : metrics) out += exposition_of(metric);
    return out;
}

}  // namespace quoin
