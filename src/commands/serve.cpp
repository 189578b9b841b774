#include <cstdio>

#include "base/log.h"
#include "commands/command.h"
#include "control/project.h"
#include "serving/host.h"

namespace quoin::command {

CommandEntry serve();

namespace {

Result<FeatureHost::From> features_from(const CommandLine& line) {
    if (line.text("features") == "log") return FeatureHost::From::log;
    if (line.text("features") == "shared") return FeatureHost::From::shared;
    return fail_field(ErrorKind::invalid, "features", "--features is 'log' or 'shared', not '{}'", line.text("features").substr(0, 40));
}

Result<int> run(const CommandLine& line) {
    TRY(port, line.whole("port", 0, 65535));
    TRY(threads, line.whole("threads", 0, 1024));
    TRY(days, line.whole("record_days", 0, 36'500));
    TRY(gigabytes, line.whole("record_gib", 0, 1 << 20));
    TRY(features, features_from(line));
    TRY(project, Project::open(line.text("dir")));
    set_log(line.text("log") == "json" ? LogFormat::json : LogFormat::text, LogLevel::info);
    HostOptions options;
    options.server.address = line.text("address");
    options.server.port = static_cast<std::uint16_t>(port);
    options.server.threads = static_cast<std::size_t>(threads);
    options.features = features;
    options.keep.days = static_cast<int>(days);
    options.keep.bytes = static_cast<std::uint64_t>(gigabytes) << 30;
    options.logs_vectors = line.has("log_vectors");
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
            "quoin serve --dir demo --port 8000\n  quoin serve --dir demo --port 8001 --features shared",
            {dir_option(),
             {"--port", "N", "0: any free one", "8000"},
             {"--address", "IP", "to listen on", "127.0.0.1"},
             {"--threads", "N", "event loops; 0: one per core", "0"},
             {"--features", "FROM", "log: this project's events; shared: the stores that a server with the log shares", "log"},
             {"--log-vectors", "", "log every feature vector served, for: quoin features audit"},
             {"--record-days", "N", "how long prediction records are kept; 0: for ever", "400"},
             {"--record-gib", "N", "how much of them; beyond it the oldest go; 0: any", "32"},
             {"--log", "FORMAT", "text or json, on standard error", "text"}},
            run};
}

}  // namespace quoin::command
