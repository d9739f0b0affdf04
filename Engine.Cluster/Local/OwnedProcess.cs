using System.Diagnostics;

namespace Engine.Cluster.Local;

/// <summary>
/// A server's process that ends with this one, however this one ends: a shell waits for it, and for the end of a pipe from here, which
/// comes with the end of this process too. Not thread-safe.
/// </summary>
internal sealed class OwnedProcess : IDisposable
{
    // What ends this process's group, such as Ctrl+C, must not end the watch before its work. The server is the leader of a group of its
    // own, so that what it starts ends with it; its parent reaps it, so that its number is nobody else's before that.
    private const string Script = """
        trap '' HUP INT TERM
        exec 3<&0 >/dev/null 2>&1
        own=$(command -v setsid)
        (trap - HUP INT TERM; exec $own "$@") </dev/null 3<&- &
        server=$!
        { read -r _ <&3; kill -9 "-$server" || kill -9 "$server"; } &
        watch=$!
        exec 3<&-
        wait "$server"
        kill -9 "$watch"
        """;

    private readonly Process _shell;

    private OwnedProcess(Process shell) => _shell = shell;

    /// <summary>Whether the server has ended.</summary>
    public bool HasExited => _shell.HasExited;

    /// <summary>The server's own number, for measurements; null if it has ended, or this is not Linux.</summary>
    public int? ServerId => _shell.HasExited ? null
        : ChildrenOf(_shell.Id).Where(static id => NameOf(id) is not (null or "sh" or "dash")).Cast<int?>().FirstOrDefault();

    /// <summary>Starts a server.</summary>
    /// <param name="program">Its program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">What its environment has beside this process's; null for nothing.</param>
    /// <exception cref="InvalidOperationException">There is no shell.</exception>
    public static OwnedProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", program, .. arguments]) { RedirectStandardInput = true };
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new OwnedProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started."));
    }

    /// <summary>Kills it, as a crash would, and waits until it is gone.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }

    private static IEnumerable<int> ChildrenOf(int id)
    {
        string file = $"/proc/{id}/task/{id}/children";
        return File.Exists(file)
            ? File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse) : [];
    }

    private static string? NameOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
