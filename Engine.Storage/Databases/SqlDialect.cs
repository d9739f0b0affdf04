namespace Engine.Storage.Databases;

/// <summary>In what the databases differ, beside opening them.</summary>
/// <param name="Sequence">The type of a column that is a primary key of numbers given by the engine.</param>
/// <param name="Identity">The type of a column that numbers its rows.</param>
/// <param name="Blob">The type of bytes.</param>
/// <param name="Guid">The type of ids.</param>
/// <param name="OrderedText">The type of texts that are compared by their bytes.</param>
/// <param name="ForUpdate">What a query ends with whose rows are to be locked.</param>
/// <param name="Prepares">Whether statements are prepared by the server.</param>
/// <param name="Notify">Tells listeners of other processes, at the commit, of an epoch that has news; null where nobody can listen.</param>
/// <param name="ClaimLock">Lets one claimer in at a time, until its transaction ends; null where all writers wait anyway.</param>
internal sealed record SqlDialect(
    string Sequence, string Identity, string Blob, string Guid, string OrderedText, string ForUpdate, bool Prepares,
    string? Notify, string? ClaimLock)
{
    /// <summary>Where the news of all stores of a database of PostgreSQL go, with the epoch of the store.</summary>
    public const string NewsChannel = "engine_events";

    public static SqlDialect Sqlite { get; } =
        new("INTEGER PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB", "TEXT", "TEXT", "", false, null, null);

    public static SqlDialect PostgreSql { get; } = new(
        "BIGINT PRIMARY KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BYTEA", "UUID", "TEXT COLLATE \"C\"", " FOR UPDATE", true,
        $"SELECT pg_notify('{NewsChannel}', @epoch)",
        "SELECT pg_advisory_xact_lock(7238109455)");

    /// <summary>Lets one claimer in at a time.</summary>
    public void LockClaims(SqlSession session)
    {
        if (ClaimLock is not null)
            session.Query(ClaimLock, static _ => 0);
    }
}
