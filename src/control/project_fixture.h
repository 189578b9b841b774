#pragma once

#include <filesystem>
#include <memory>

#include "base/digest.h"
#include "control/project.h"

namespace quoin {

/// For tests: a project that all tests of one suite share, in a folder of its own. `Suite`: the class that is derived from it.
template <class Suite>
class SharedProject {
protected:
    static void make_project() {
        folder() = std::filesystem::temp_directory_path() / ("quoin-project-" + random_hex_id());
        project() = std::make_unique<Project>(Project::create(folder()).value());
    }
    static void drop_project() {
        project().reset();
        std::filesystem::remove_all(folder());
    }
    static std::filesystem::path& folder() {
        static std::filesystem::path path;
        return path;
    }
    static std::unique_ptr<Project>& project() {
        static std::unique_ptr<Project> made;
        return made;
    }
};

}  // namespace quoin
