#pragma once

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace quoin::bench {

/// `quoin serve` as a child process, ready once made; ends when this goes.
class ServedProject {
public:
    ServedProject(const std::string& program, const std::filesystem::path& folder) {
        int pipe_ends[2];
        if (::pipe(pipe_ends) != 0) std::exit(1);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(pipe_ends[1], STDOUT_FILENO);
            if (!std::freopen("/dev/null", "w", stderr)) ::_exit(1);
            ::execl(program.c_str(), program.c_str(), "serve", "--dir", folder.c_str(), "--port", "0", nullptr);
            ::_exit(1);
        }
        ::close(pipe_ends[1]);
        output_ = ::fdopen(pipe_ends[0], "r");
        char line[512];
        while (port_ == 0 && std::fgets(line, sizeof line, output_))
            if (const char* colon = std::strrchr(line, ':'); std::strncmp(line, "ready ", 6) == 0) port_ = std::atoi(colon + 1);
        if (port_ == 0) {
            fmt::print(stderr, "'{} serve --dir {}' did not start\n", program, folder.string());
            std::exit(1);
        }
    }
    ServedProject(const ServedProject&) = delete;
    ServedProject& operator=(const ServedProject&) = delete;
    ~ServedProject() {
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
        std::fclose(output_);
    }

    int port() const { return port_; }
    /// What of the process is in memory: all of it, or ("RssAnon") what is no file's.
    double megabytes(const std::string& field = "VmRSS") const {
        std::ifstream status(fmt::format("/proc/{}/status", child_));
        for (std::string line; std::getline(status, line);)
            if (line.starts_with(field + ":")) return std::atof(line.c_str() + field.size() + 1) / 1024;
        return 0;
    }
    /// Processor time until now.
    double cpu_seconds() const {
        std::ifstream stat(fmt::format("/proc/{}/stat", child_));
        std::string word;
        double ticks = 0;
        for (int field = 1; stat >> word && field <= 15; ++field)
            if (field >= 14) ticks += std::atof(word.c_str());
        return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }

private:
    pid_t child_;
    std::FILE* output_;
    int port_ = 0;
};

}  // namespace quoin::bench
