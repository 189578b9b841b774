#pragma once

#include "remote/postgresql.h"
#include "remote/server_fixture.h"

namespace quoin {

/// A PostgreSQL server for the tests, in a folder and on a port of its own. It does not run as root, so as root it runs as `postgres`.
class PostgresqlServer {
public:
    static bool is_available() {
        return is_installed("initdb") && is_installed("postgres") &&
               (::geteuid() != 0 || (is_installed("setpriv") && std::system("id postgres >/dev/null 2>&1") == 0));
    }

    PostgresqlServer()
        : port_(free_port()), as_user_(::geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "") {}
    /// Makes the database cluster once; false: it could not.
    bool make(const std::string& more_settings = "") {
        auto folder = process_.folder().string();
        auto command = as_user_.empty() ? std::string() : "chown postgres " + folder + " && ";
        command += "cd " + folder + " && " + as_user_ + "initdb -D data -U quoin -A trust --no-sync -E UTF8 --locale=C >initdb.log 2>&1";
        command += " && printf '" + more_settings + "' >>data/postgresql.conf";
        return std::system(command.c_str()) == 0;
    }
    bool start() {
        std::vector<std::string> words;
        if (!as_user_.empty()) words = {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"};
        for (auto word : {"postgres", "-D", "data", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c"}) words.emplace_back(word);
        words.push_back("unix_socket_directories=" + process_.folder().string());
        words.insert(words.end(), {"-p", std::to_string(port_)});
        return process_.start(std::move(words), [this] {
            auto client = Postgresql::make({.connection = connection()});
            return client->run("SELECT 1").has_value();
        });
    }
    void end() { process_.end(SIGQUIT); }
    std::string connection() const { return "host=127.0.0.1 user=quoin dbname=postgres port=" + std::to_string(port_); }
    std::uint16_t port() const { return port_; }
    const std::filesystem::path& folder() const { return process_.folder(); }
    /// Runs a shell command as the server's user, in its folder.
    bool shell(const std::string& command) const {
        return std::system(("cd " + folder().string() + " && " + as_user_ + "sh -c '" + command + "'").c_str()) == 0;
    }

private:
    ServerProcess process_;
    std::uint16_t port_;
    std::string as_user_;
};

}  // namespace quoin
