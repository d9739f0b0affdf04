namespace Engine.Server.Stores;

/// <summary>What the endpoints of storage show; set when it has been opened, before the server says that it listens.</summary>
internal sealed class StoreAccess
{
    /// <summary>The store; null where none is configured.</summary>
    public StoreHost? Store { get; set; }

    /// <summary>The journal; null where none is configured.</summary>
    public string? JournalDirectory { get; set; }
}
