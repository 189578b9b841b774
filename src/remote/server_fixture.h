#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.h"

namespace quoin {

/// A port of this machine that nobody listened on a moment ago.
inline std::uint16_t free_port() {
    int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    return ntohs(address.sin_port);
}

inline bool is_installed(const std::string& program) { return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0; }

/// A program in a temporary folder of its own, ended and removed with the object.
class ServerProcess {
public:
    ServerProcess() : folder_(std::filesystem::temp_directory_path() / ("quoin-server-" + random_hex_id())) {
        std::filesystem::create_directories(folder_);
    }
    ~ServerProcess() {
        end(SIGKILL);
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    const std::filesystem::path& folder() const { return folder_; }
    /// Starts it and waits until `is_up` answers true, at most 20 s.
    bool start(std::vector<std::string> words, const std::function<bool()>& is_up) {
        process_ = ::fork();
        if (process_ == 0) {
            auto log = (folder_ / "log").string();
            if (std::freopen(log.c_str(), "a", stdout) == nullptr || ::dup2(1, 2) < 0 || ::chdir(folder_.c_str()) != 0) ::_exit(126);
            std::vector<char*> arguments;
            for (auto& word : words) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        for (int i = 0; i < 400; ++i) {
            if (is_up()) return true;
            if (::waitpid(process_, nullptr, WNOHANG) == process_) {
                process_ = -1;
                return false;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    }
    void end(int signal = SIGKILL) {
        if (process_ <= 0) return;
        ::kill(process_, signal);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
    void pause(bool paused) const { ::kill(process_, paused ? SIGSTOP : SIGCONT); }

private:
    std::filesystem::path folder_;
    pid_t process_ = -1;
};

}  // namespace quoin
