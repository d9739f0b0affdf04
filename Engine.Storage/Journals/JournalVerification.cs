namespace Engine.Storage.Journals;

/// <summary>What the accounts at the ends of a journal's sessions say, recomputed from the frames. Immutable.</summary>
/// <param name="Audit">What the journal holds.</param>
/// <param name="Sessions">The sessions, in their order.</param>
public sealed record JournalVerification(JournalAudit Audit, IReadOnlyList<SessionVerification> Sessions)
{
    /// <summary>Whether some account does not say what the frames say.</summary>
    public bool HasDifferences => Sessions.Any(static session => session.State == SessionState.Different);

    /// <summary>Whether all sessions are signed off, and equal.</summary>
    public bool IsProven => Sessions.Count > 0 && Sessions.All(static session => session.State == SessionState.Equal);

    /// <summary>Reads a journal twice from end to end: for what is missing, and to compare.</summary>
    /// <param name="directory">Where its files are.</param>
    /// <param name="key">The key that accounts must be signed with; null where none is known.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="InvalidDataException">There is no journal in it.</exception>
    public static JournalVerification Of(string directory, byte[]? key = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return Of(new DiskFiles(directory), key);
    }

    internal static JournalVerification Of(IJournalFiles files, byte[]? key)
    {
        using JournalReader first = JournalReader.Open(files);
        JournalAudit audit = JournalAudit.Of(first);
        using JournalReader reader = JournalReader.Open(files);
        var sessions = new List<SessionVerifier>();
        while (reader.TryRead(out JournalFrame frame))
        {
            long session = frame.Header.Stream.Session;
            if (sessions.Find(known => known.Session == session) is not { } verifier)
                sessions.Add(verifier = new SessionVerifier(session, key));
            verifier.Take(frame);
        }

        return new JournalVerification(audit, [.. sessions.Select(verifier => verifier.Result(audit.DeletedFrames))]);
    }
}

/// <summary>Whether the account of a session says what its frames say.</summary>
/// <param name="Session">The session.</param>
/// <param name="State">Whether it does.</param>
/// <param name="FrameCount">Frames of it that were compared, its account not counted.</param>
/// <param name="Findings">Where it does not; or, of a session that could not be compared as a whole, what was left out.</param>
/// <param name="Account">What the host said; null where that cannot be read.</param>
public sealed record SessionVerification(
    long Session, SessionState State, long FrameCount, IReadOnlyList<string> Findings, JournalAccount? Account);

/// <summary>What has come of comparing a session with its account.</summary>
public enum SessionState
{
    /// <summary>The account says what the frames say.</summary>
    Equal,

    /// <summary>It does not, or its signature is not right.</summary>
    Different,

    /// <summary>There is no account: the writer was killed, is at work, or was not asked for one.</summary>
    NotSignedOff,

    /// <summary>It is signed with a key that is not known here; nothing else differs.</summary>
    KeyUnknown,

    /// <summary>What is left of the session is as the account says; its first frames were deleted on purpose.</summary>
    PartlyDeleted,
}
