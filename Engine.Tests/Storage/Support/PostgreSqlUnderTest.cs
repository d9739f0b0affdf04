using Engine.Bench.Support;

namespace Engine.Tests.Storage.Support;

/// <summary>The server of a test run, started when the first test wants it and stopped with the run.</summary>
internal static class PostgreSqlUnderTest
{
    private const string Missing =
        "PostgreSQL is not installed, so its tests were left out; Debian's package is postgresql (apt-get install postgresql).";

    private static readonly Lazy<PostgreSqlServer?> s_server = new(PostgreSqlServer.Start);

    /// <summary>What connects to an empty schema of its own; leaves the test out where there is no server.</summary>
    public static string NewDatabase()
    {
        if (s_server.Value is null)
            Assert.Inconclusive(Missing);
        return s_server.Value!.NewDatabase();
    }

    /// <summary>Stops the server if there is one.</summary>
    public static void Stop()
    {
        if (s_server.IsValueCreated)
            s_server.Value?.Dispose();
    }
}
