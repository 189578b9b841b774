#include <cstdio>

#include "base/log.h"
#include "commands/command.h"
#include "control/project.h"
#include "serving/host.h"

namespace quoin::command {

CommandEntry serve();

namespace {

Result<int> run(const CommandLine& line) {
    TRY(port, line.whole("port", 0, 65535));
    TRY(threads, line.whole("threads", 0, 1024));
    TRY(project, Project::open(line.text("dir")));
    set_log(line.text("log") == "json" ? LogFormat::json : LogFormat::text, LogLevel::info);
    HostOptions options;
    options.server.address = line.text("address");
    options.server.port = static_cast<std::uint16_t>(port);
    options.server.threads = static_cast<std::size_t>(threads);
    TRY_VOID(host(project, options, [&](std::uint16_t bound, Predictor& predictor) {
        for (const auto& live : predictor.all_live())
            fmt::print("{} {} knows {} entities\n", live->model().name, live->version(), live->entities());
        if (predictor.all_live().empty()) fmt::print("no model is in production yet; it will be picked up once one is\n");
        fmt::print("ready http://{}:{}\n", options.server.address, bound);
        std::fflush(stdout);
    }));
    return 0;
}

}  // namespace

CommandEntry serve() {
    return {"serve",
            "answer over HTTP; a promoted version goes live without a restart",
            "quoin serve --dir demo --port 8000",
            {dir_option(),
             {"--port", "N", "0: any free one", "8000"},
             {"--address", "IP", "to listen on", "127.0.0.1"},
             {"--threads", "N", "event loops; 0: one per core", "0"},
             {"--log", "FORMAT", "text or json, on standard error", "text"}},
            run};
}

}  // namespace quoin::command
