using System.Diagnostics;
using System.Reflection;
using Engine.Tooling;

namespace Engine.Bench.Gate.Building;

/// <summary>
/// Builds the base, plain and seeded, in a worktree that it removes again. What it built is kept under <c>obj/gate</c>,
/// by commit and SDK version: the same sources and the same compiler give the same program. The head is the program
/// that runs, so it needs no build.
/// </summary>
internal sealed class GateBuilder(GitRepository repository, Action<string> progress)
{
    private const string BaseFile = "Engine.Bench/Gate/base";
    private const string Project = "Engine.Bench/Engine.Bench.csproj";
    private const string Program = "Engine.Bench.dll";
    private const int ShortHashLength = 12;

    /// <summary>The revision that the base file names.</summary>
    /// <exception cref="GateSetupException">There is no such file, or it does not name one revision.</exception>
    public string ReadBaseFile()
    {
        string path = Path.Combine(repository.Root, BaseFile);
        if (!File.Exists(path))
            throw new GateSetupException($"{BaseFile} is missing; it names the commit to compare with.");
        string[] revisions = [
            .. File.ReadAllLines(path).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#')];
        return revisions.Length == 1
            ? revisions[0]
            : throw new GateSetupException(
                $"{BaseFile} must hold the hash of one commit, and comments that begin with #; it holds {revisions.Length} lines.");
    }

    /// <exception cref="GateSetupException">The base cannot be found or built, or this program is a Debug build.</exception>
    public async Task<GateBuilds> BuildAsync(string baseRevision, CancellationToken cancellationToken)
    {
        string head = typeof(GateBuilder).Assembly.Location;
        if (typeof(GateBuilder).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true })
            throw new GateSetupException("The gate must run as a Release build: dotnet run -c Release --project Engine.Bench -- gate");
        string baseCommit = await repository.ResolveAsync(baseRevision, cancellationToken).ConfigureAwait(false);
        string headCommit = await repository.ResolveAsync("HEAD", cancellationToken).ConfigureAwait(false);
        bool headHasChanges = await repository.HasChangesAsync(cancellationToken).ConfigureAwait(false);
        string folder = await BuildBaseAsync(baseCommit, cancellationToken).ConfigureAwait(false);
        return new GateBuilds(
            baseCommit, Path.Combine(folder, "plain", Program), Path.Combine(folder, "seeded", Program), headCommit, headHasChanges, head);
    }

    /// <summary>Returns the folder with both builds.</summary>
    private async Task<string> BuildBaseAsync(string commit, CancellationToken cancellationToken)
    {
        ExternalCommand.Result sdk = await ExternalCommand.RunAsync("dotnet", ["--version"], repository.Root, cancellationToken)
            .ConfigureAwait(false);
        string cache = Path.Combine(repository.Root, "Engine.Bench", "obj", "gate", $"{commit[..ShortHashLength]}-{sdk.Output.Trim()}");
        if (Directory.Exists(cache))
            return cache;
        string temporary = TemporaryFolders.Create("engine-gate-").FullName;
        string worktree = Path.Combine(temporary, "base");
        string output = Path.Combine(temporary, "output");
        try
        {
            progress($"building the base {commit[..ShortHashLength]}");
            await repository.AddWorktreeAsync(worktree, commit, cancellationToken).ConfigureAwait(false);
            await CompileAsync(worktree, Path.Combine(output, "plain"), [], cancellationToken).ConfigureAwait(false);
            progress("building the seeded base");
            await CompileAsync(worktree, Path.Combine(output, "seeded"), ["-p:GateSeededSlowdown=true"], cancellationToken)
                .ConfigureAwait(false);
            MoveIntoPlace(output, cache);
            return cache;
        }
        finally
        {
            await repository.RemoveWorktreeAsync(worktree).ConfigureAwait(false);
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static async Task CompileAsync(
        string worktree, string output, IEnumerable<string> properties, CancellationToken cancellationToken)
    {
        // Analyzers judged that commit when it was made; they change nothing in what is built.
        ExternalCommand.Result result = await ExternalCommand.RunAsync(
            "dotnet",
            ["build", Project, "-c", "Release", "-v", "quiet", "-nodeReuse:false", "-p:RunAnalyzers=false", "-o", output, .. properties],
            worktree, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw new GateSetupException($"The base does not build:{Environment.NewLine}{result.Tail}");
    }

    // The cache never holds half a build: a folder appears in it as a whole.
    private static void MoveIntoPlace(string output, string cache)
    {
        string incoming = cache + ".incoming";
        if (Directory.Exists(incoming))
            Directory.Delete(incoming, recursive: true);
        CopyFolder(output, incoming);
        Directory.Move(incoming, cache);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
