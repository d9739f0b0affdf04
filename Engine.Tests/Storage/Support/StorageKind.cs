using System.Text;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Support;

/// <summary>Which database a test of the common contract runs on.</summary>
public enum StorageKind
{
    Sqlite,
    PostgreSql,
}

/// <summary>A database of a test's own, which can be closed and opened again.</summary>
internal sealed class DatabaseUnderTest : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string? _connectionString;
    private readonly List<StorageDatabase> _open = [];

    public DatabaseUnderTest(StorageKind kind)
    {
        if (kind == StorageKind.PostgreSql)
            _connectionString = PostgreSqlUnderTest.NewDatabase();
    }

    public string Path => _folder.PathOf("events.db");

    /// <summary>Opens it, as one process does; may be opened several times at once.</summary>
    public StorageDatabase Open(TimeProvider? timeProvider = null, DatabaseOptions? options = null)
    {
        options = (options ?? new DatabaseOptions()) with { TimeProvider = timeProvider ?? TimeProvider.System };
        StorageDatabase database = _connectionString is null
            ? StorageDatabase.Sqlite(Path, options) : StorageDatabase.PostgreSql(_connectionString, options);
        _open.Add(database);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (StorageDatabase database in _open)
            await database.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Events to store.</summary>
internal static class SampleEvents
{
    public static StoredEvent Event(
        string type = "order.created", string data = "{\"a\":1}", string? key = null, DateTimeOffset? at = null) =>
        new()
        {
            Id = Guid.NewGuid(),
            EventType = type,
            Data = Encoding.UTF8.GetBytes(data),
            Timestamp = at ?? new DateTimeOffset(2025, 12, 31, 23, 0, 0, TimeSpan.Zero).AddTicks(1234567),
            Source = "shop",
            Key = key,
            CorrelationId = Guid.NewGuid(),
            CausationId = Guid.NewGuid(),
            Metadata = new Dictionary<string, string> { ["tenant"] = "\u00e4\"\\\u20ac", ["a"] = "" },
        };

    public static StoredEvent[] Many(int count, string type = "order.created") =>
        [.. Enumerable.Range(1, count).Select(i => Event(type, $"{{\"n\":{i}}}"))];
}
