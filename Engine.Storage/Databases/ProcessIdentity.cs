using System.Globalization;

namespace Engine.Storage.Databases;

/// <summary>
/// Names an owner of leases such that others on the same machine can tell at once when its process has ended, and need not wait for the
/// end of its leases.
/// </summary>
internal static class ProcessIdentity
{
    private const char Separator = ':';

    // Numbers of processes mean something only within one boot and one namespace of process ids.
    private static readonly string s_scope = $"{Environment.MachineName}/{Read("/proc/sys/kernel/random/boot_id")}/{Namespace()}"
        .Replace(Separator, '-');

    private static readonly string s_process = string.Create(
        CultureInfo.InvariantCulture, $"{s_scope}{Separator}{Environment.ProcessId}{Separator}{StartOf(Environment.ProcessId)}");

    /// <summary>A name that no other owner has.</summary>
    public static string NewOwner() => $"{s_process}{Separator}{Guid.NewGuid():N}";

    /// <summary>Whether it is certain that an owner's process has ended.</summary>
    public static bool IsGone(string owner)
    {
        string[] parts = owner.Split(Separator);
        return parts.Length == 4 && parts[0] == s_scope && Namespace().Length > 0
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process) && StartOf(process) != parts[2];
    }

    /// <summary>When a process started, which tells it from a later one with its number; empty if there is none.</summary>
    private static string StartOf(int process)
    {
        // Behind the name in brackets, which may hold anything, the twentieth field.
        string stat = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // A zombie has ended.
        return fields.Length > 19 && fields[0] is not ("Z" or "X") ? fields[19] : "";
    }

    private static string Namespace()
    {
        try
        {
            return File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Ends the leases of a table whose owners' processes have ended. To be called inside the claim's lock.</summary>
    /// <param name="session">A session with a transaction.</param>
    /// <param name="table">The table; a constant of the engine.</param>
    /// <param name="now">The time.</param>
    public static void EndLeasesOfTheGone(SqlSession session, string table, DateTimeOffset now)
    {
        foreach (string owner in session.Query(LeaseOwnersSql(table), static row => row.GetString(0), ("now", now)))
        {
            if (IsGone(owner))
                session.Execute($"UPDATE {table} SET lease_until = @now WHERE lease_owner = @owner", ("now", now), ("owner", owner));
        }
    }

    /// <summary>Asks who has leases.</summary>
    internal static string LeaseOwnersSql(string table) =>
        $"SELECT DISTINCT lease_owner FROM {table} WHERE lease_owner IS NOT NULL AND lease_until > @now";
}
