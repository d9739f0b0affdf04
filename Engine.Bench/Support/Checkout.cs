using Engine.Tooling;

namespace Engine.Bench.Support;

/// <summary>The checkout that the program is used from.</summary>
internal static class Checkout
{
    private const string SolutionFile = "Engine.sln";

    /// <summary>The nearest folder above that holds the solution; null when there is none.</summary>
    public static string? FindRoot(string from)
    {
        for (DirectoryInfo? folder = new(from); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
                return folder.FullName;
        }

        return null;
    }

    /// <summary>The checkout around the current folder.</summary>
    /// <param name="purpose">What needs it, for the message.</param>
    /// <exception cref="UsageException">There is none.</exception>
    public static string Require(string purpose)
    {
        string start = Directory.GetCurrentDirectory();
        return FindRoot(start)
            ?? throw new UsageException($"{purpose} needs a checkout, but no folder above {start} holds {SolutionFile}.");
    }
}
