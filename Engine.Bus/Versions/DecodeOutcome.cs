namespace Engine.Bus.Versions;

/// <summary>What reading an event from its bytes came to.</summary>
public enum DecodeOutcome
{
    /// <summary>It is what the bytes say: of the newest version, or wanted in its own.</summary>
    Current,

    /// <summary>It was of an older version and has become the newest.</summary>
    Upcast,

    /// <summary>Its name is known and its version is not, probably because it is newer.</summary>
    UnknownVersion,

    /// <summary>Its name is not known.</summary>
    UnknownEvent,

    /// <summary>Its bytes are not an event of the version they are said to be, or there is no codec that reads them.</summary>
    Unreadable,

    /// <summary>It was read, and an upcaster threw.</summary>
    UpcastFailed,
}
