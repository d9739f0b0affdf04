namespace Engine.Bench.Gate.Building;

/// <summary>The repository that is measured.</summary>
internal sealed class GitRepository
{
    private const string SolutionFile = "Engine.sln";

    private GitRepository(string root) => Root = root;

    /// <summary>The folder of the solution.</summary>
    public string Root { get; }

    /// <summary>Finds the repository that this program was built in.</summary>
    /// <exception cref="GateSetupException">The program does not lie in a repository.</exception>
    public static GitRepository Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
                return new GitRepository(folder.FullName);
        }

        throw new GateSetupException(
            $"The gate must run from a build inside the repository; no folder above {AppContext.BaseDirectory} holds {SolutionFile}.");
    }

    /// <summary>The full hash of a revision.</summary>
    /// <exception cref="GateSetupException">The repository has no such commit.</exception>
    public async Task<string> ResolveAsync(string revision, CancellationToken cancellationToken)
    {
        ExternalCommand.Result result = await GitAsync(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"], cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0)
            return result.Output.Trim();
        bool isShallow = (await GitAsync(["rev-parse", "--is-shallow-repository"], cancellationToken).ConfigureAwait(false))
            .Output.Trim() == "true";
        throw new GateSetupException(isShallow
            ? $"The base commit {revision} is not in this clone, because the clone is shallow. Fetch the history with: git fetch " +
                $"--unshallow"
            : $"The base commit {revision} is not in this clone.");
    }

    /// <summary>Whether the work tree differs from its commit.</summary>
    public async Task<bool> HasChangesAsync(CancellationToken cancellationToken) =>
        (await GitAsync(["status", "--porcelain"], cancellationToken).ConfigureAwait(false)).Output.Trim().Length > 0;

    /// <summary>Checks a commit out into a new folder.</summary>
    /// <exception cref="GateSetupException">Git refuses.</exception>
    public async Task AddWorktreeAsync(string folder, string commit, CancellationToken cancellationToken)
    {
        await GitAsync(["worktree", "prune"], cancellationToken).ConfigureAwait(false);
        ExternalCommand.Result result = await GitAsync(["worktree", "add", "--detach", folder, commit], cancellationToken)
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw new GateSetupException($"git worktree add failed:{Environment.NewLine}{result.Tail}");
    }

    /// <summary>Removes such a folder, whatever state it is in.</summary>
    public async Task RemoveWorktreeAsync(string folder)
    {
        await GitAsync(["worktree", "remove", "--force", folder], CancellationToken.None).ConfigureAwait(false);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        await GitAsync(["worktree", "prune"], CancellationToken.None).ConfigureAwait(false);
    }

    private Task<ExternalCommand.Result> GitAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ExternalCommand.RunAsync("git", arguments, Root, cancellationToken);
}
