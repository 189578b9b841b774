// Which bandit shows users the films that they like? Replay (Li, Chu, Langford & Wang 2011) of MovieLens-100k.
//
//     bandit_replay                              needs QUOIN_DATA with interactions/ml-100k
//
// An event shows one of the ten most rated films to a user (age, sex, occupation); the reward is 1 for 4 stars or more. An event counts,
// and is learned from, when the bandit chooses the film that the log shows. The log is no uniform choice, so that its events are thinned to
// equal numbers of each film first. Mean over 100 orders of the events; the last line is machine-readable.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "decisions/bandit/player_fixture.h"

namespace {

using namespace quoin;

constexpr std::size_t runs = 100;

/// Lines of a file, unpacked where its name ends in .gz.
std::vector<std::string> lines_of(const std::string& path) {
    const std::string command = (path.ends_with(".gz") ? "gzip -dc '" : "cat '") + path + "'";
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::vector<std::string> lines;
    std::string line;
    for (int c = pipe ? std::fgetc(pipe.get()) : EOF; c != EOF; c = std::fgetc(pipe.get())) {
        if (c != '\n') {
            line += static_cast<char>(c);
            continue;
        }
        lines.push_back(std::move(line));
        line.clear();
    }
    return lines;
}

std::vector<std::string> cells_of(const std::string& line, char mark) {
    std::vector<std::string> cells(1);
    for (char c : line) {
        if (c == mark) cells.emplace_back();
        else cells.back() += c;
    }
    return cells;
}

struct Showing {
    std::vector<double> features;
    std::size_t film;
    double reward;
};

/// Constant, age, sex and occupation of each user.
std::map<std::string, std::vector<double>> users_of(const std::string& folder) {
    std::map<std::string, std::size_t> occupations;
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : lines_of(folder + "/u.user")) {
        rows.push_back(cells_of(line, '|'));
        occupations.emplace(rows.back()[3], occupations.size());
    }
    std::map<std::string, std::vector<double>> users;
    for (const auto& cells : rows) {
        std::vector<double> features(3 + occupations.size(), 0.0);
        features[0] = 1;
        features[1] = (std::stod(cells[1]) - 34) / 12;
        features[2] = cells[2] == "M" ? 0.5 : -0.5;
        features[3 + occupations[cells[3]]] = 1;
        users[cells[0]] = std::move(features);
    }
    return users;
}

std::vector<Showing> showings_of(const std::string& folder, std::size_t films) {
    const auto users = users_of(folder);
    std::vector<std::vector<std::string>> ratings;
    std::map<std::string, std::size_t> counts;
    for (const std::string& line : lines_of(folder + "/u.data.gz")) {
        ratings.push_back(cells_of(line, '\t'));
        ++counts[ratings.back()[1]];
    }
    std::vector<std::pair<std::size_t, std::string>> order;
    for (const auto& [film, count] : counts) order.emplace_back(count, film);
    std::ranges::sort(order, std::greater{});
    order.resize(std::min(films, order.size()));
    std::vector<Showing> showings;
    for (const auto& cells : ratings)
        for (std::size_t film = 0; film < order.size(); ++film)
            if (order[film].second == cells[1]) showings.push_back({users.at(cells[0]), film, std::stod(cells[2]) >= 4 ? 1.0 : 0.0});
    return showings;
}

/// Mean reward of the events that the bandit would have chosen too; each film has as many events in the stream.
MeanOfRuns replay(const Player& player, const std::vector<Showing>& showings) {
    std::vector<std::size_t> counts(player.options.actions, 0);
    for (const Showing& showing : showings) ++counts[showing.film];
    const std::size_t each = *std::ranges::min_element(counts);
    std::vector<double> rewards(runs);
    parallel_for(rewards.size(), [&](std::size_t run) {
        Rng rng(run + 1);
        std::vector<std::size_t> order(showings.size()), seen(counts.size(), 0);
        std::iota(order.begin(), order.end(), std::size_t{0});
        rng.shuffle(std::span(order));
        std::erase_if(order, [&](std::size_t i) { return ++seen[showings[i].film] > each; });
        BanditOptions options = player.options;
        options.seed = run + 1;
        auto bandit = make_bandit(player.kind, options).value();
        double sum = 0, kept = 0;
        for (std::size_t i : order) {
            const BanditContext context{showings[i].features, {}};
            if (bandit->choose(context).value().action != showings[i].film) continue;
            if (!bandit->learn(context, showings[i].film, showings[i].reward)) std::abort();
            sum += showings[i].reward;
            kept += 1;
        }
        rewards[run] = sum / kept;
    });
    return mean_of(rewards);
}

}  // namespace

int main() {
    const char* data = std::getenv("QUOIN_DATA");
    const auto showings = data ? showings_of(std::string(data) + "/interactions/ml-100k", 10) : std::vector<Showing>{};
    if (showings.empty()) {
        fmt::print("replay: QUOIN_DATA has no interactions/ml-100k; left out\n");
        fmt::print("{{\"bench\": \"bandit_replay\", \"events\": 0}}\n");
        return 0;
    }
    fmt::print("replay of MovieLens: share of showings with 4 stars or more, {} events, mean of {} orders\n", showings.size(), runs);
    std::vector<std::string> cells;
    for (const Player& player : players(10, showings.front().features.size())) {
        const MeanOfRuns reward = replay(player, showings);
        fmt::print("  {:<18} {:.4f} ± {:.4f}\n", name_of(player), reward.mean, reward.standard_error);
        cells.push_back(fmt::format("\"{}\": {:.4f}", name_of(player), reward.mean));
    }
    fmt::print("{{\"bench\": \"bandit_replay\", \"events\": {}, {}}}\n", showings.size(), fmt::join(cells, ", "));
    return 0;
}
