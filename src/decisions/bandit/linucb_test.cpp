#include "decisions/bandit/linucb.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "decisions/bandit/hybrid_linucb.h"
#include "decisions/bandit/situation_fixture.h"

namespace quoin {
namespace {

using Vector = Eigen::VectorXd;

/// Li et al.'s algorithm 1, written out with inverses.
TEST(LinUcb, ChoosesAsThePapersAlgorithm) {
    constexpr std::size_t d = 3, actions = 4;
    const BanditOptions options{.actions = actions, .features = d, .alpha = 0.7};
    auto bandit = make_bandit("linucb", options).value();
    std::vector<Eigen::MatrixXd> a(actions, Eigen::MatrixXd::Identity(d, d));
    std::vector<Vector> b(actions, Vector::Zero(d));
    Rng rng(11);
    for (int step = 0; step < 300; ++step) {
        const Situation situation(options, rng);
        const Vector x = Eigen::Map<const Vector>(situation.features.data(), d);
        std::size_t best = 0;
        double best_bound = -1e9;
        for (std::size_t k = 0; k < actions; ++k) {
            const Eigen::MatrixXd inverse = a[k].inverse();
            const double bound = x.dot(inverse * b[k]) + 0.7 * std::sqrt(x.dot(inverse * x));
            if (bound > best_bound + 1e-9) {
                best = k;
                best_bound = bound;
            }
        }
        const Decision decision = bandit->choose(situation.context()).value();
        if (decision.propensity == 1) {
            ASSERT_EQ(decision.action, best) << "step " << step;
        }
        const double reward = reward_of(situation, decision.action, rng);
        ASSERT_TRUE(bandit->learn(situation.context(), decision.action, reward));
        a[decision.action] += x * x.transpose();
        b[decision.action] += reward * x;
    }
}

/// Li et al.'s algorithm 2, line by line.
struct PaperHybrid {
    Eigen::MatrixXd a0;
    Vector b0;
    std::vector<Eigen::MatrixXd> a, cross;
    std::vector<Vector> b;

    PaperHybrid(long d, long k, std::size_t actions)
        : a0(Eigen::MatrixXd::Identity(k, k)), b0(Vector::Zero(k)), a(actions, Eigen::MatrixXd::Identity(d, d)),
          cross(actions, Eigen::MatrixXd::Zero(d, k)), b(actions, Vector::Zero(d)) {}
    HybridLinUcb::Bound bound(std::size_t i, const Vector& x, const Vector& z) const {
        const Eigen::MatrixXd inverse0 = a0.inverse(), inverse = a[i].inverse();
        const Vector beta = inverse0 * b0, theta = inverse * (b[i] - cross[i] * beta), from_x = cross[i].transpose() * inverse * x;
        const double s = z.dot(inverse0 * z) - 2 * z.dot(inverse0 * from_x) + x.dot(inverse * x) + from_x.dot(inverse0 * from_x);
        return {z.dot(beta) + x.dot(theta), std::sqrt(s)};
    }
    void learn(std::size_t i, const Vector& x, const Vector& z, double reward) {
        a0 += cross[i].transpose() * a[i].inverse() * cross[i];
        b0 += cross[i].transpose() * a[i].inverse() * b[i];
        a[i] += x * x.transpose();
        cross[i] += x * z.transpose();
        b[i] += reward * x;
        a0 += z * z.transpose() - cross[i].transpose() * a[i].inverse() * cross[i];
        b0 += reward * z - cross[i].transpose() * a[i].inverse() * b[i];
    }
};

TEST(HybridLinUcb, BoundsAreThoseOfThePapersAlgorithm) {
    constexpr long d = 3, k = 2;
    const BanditOptions options{.actions = 4, .features = d, .action_features = k};
    HybridLinUcb bandit(options);
    PaperHybrid paper(d, k, options.actions);
    Rng rng(13);
    for (std::size_t step = 0; step < 200; ++step) {
        const Situation situation(options, rng);
        const Vector x = Eigen::Map<const Vector>(situation.features.data(), d);
        for (std::size_t a = 0; a < options.actions; ++a) {
            const Vector z = Eigen::Map<const Vector>(situation.actions.row(a).data(), k);
            const auto expected = paper.bound(a, x, z), found = bandit.bound(situation.context(), a);
            ASSERT_NEAR(found.mean, expected.mean, 1e-9) << step;
            ASSERT_NEAR(found.width, expected.width, 1e-9) << step;
        }
        const double reward = reward_of(situation, step % 4, rng);
        ASSERT_TRUE(bandit.learn(situation.context(), step % 4, reward));
        paper.learn(step % 4, x, Eigen::Map<const Vector>(situation.actions.row(step % 4).data(), k), reward);
    }
}

}  // namespace
}  // namespace quoin
