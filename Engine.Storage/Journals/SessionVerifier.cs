using System.Globalization;
using System.Security.Cryptography;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>Follows the frames of one session, and compares them with its account.</summary>
/// <param name="session">The session.</param>
/// <param name="key">The key that the account must be signed with; null where none is known.</param>
internal sealed class SessionVerifier(long session, byte[]? key)
{
    private readonly List<string> _findings = [];
    private readonly List<(long Number, byte[] Digest)> _frames = [];
    private readonly Dictionary<(string EventType, int ProducerId), StreamSums> _streams = [];
    private AccountRecord? _account;
    private bool _hasAccount;
    private bool _isKeyUnknown;
    private long _lastNumber;

    public long Session => session;

    public void Take(in JournalFrame frame)
    {
        FrameHeader header = frame.Header;
        if (header.FrameNumber <= _lastNumber)
            Find($"frame {header.FrameNumber} comes behind frame {_lastNumber}");
        _lastNumber = Math.Max(_lastNumber, header.FrameNumber);
        if (_hasAccount)
            Find($"frame {header.FrameNumber} comes behind the account");
        if (header.Kind == FrameKind.Account)
        {
            TakeAccount(frame);
            return;
        }

        byte[] bytes = new byte[frame.Length];
        frame.CopyTo(bytes);
        _frames.Add((header.FrameNumber, SHA256.HashData(bytes)));
        (string, int) stream = (header.Stream.EventType, header.Stream.ProducerId);
        _streams[stream] = _streams.GetValueOrDefault(stream).With(header);
    }

    public SessionVerification Result(long deletedFrames)
    {
        if (!_hasAccount)
            return new SessionVerification(session, SessionState.NotSignedOff, _frames.Count, _findings, null);
        bool isWhole = true;
        if (_account is { } account)
        {
            isWhole = account.FirstFrame > deletedFrames;
            CompareFrames(account, deletedFrames);
            CompareHost(account.Host);
            if (isWhole)
            {
                CompareStreams(account);
                CompareCounters(account.Host);
            }
        }

        SessionState state = _findings.Count > 0 ? SessionState.Different
            : _isKeyUnknown ? SessionState.KeyUnknown
            : isWhole ? SessionState.Equal
            : SessionState.PartlyDeleted;
        return new SessionVerification(session, state, _frames.Count, _findings, _account?.Host);
    }

    private void TakeAccount(in JournalFrame frame)
    {
        _hasAccount = true;
        try
        {
            byte[] payload = frame.ReadPayload();
            _account = AccountRecord.Read(payload, key, out string? fault);
            _isKeyUnknown = key is null && AccountRecord.IsSignedByKey(payload);
            if (fault is not null)
                _findings.Add(fault);
        }
        catch (InvalidDataException error)
        {
            Find($"the account cannot be read: {error.Message}");
        }
    }

    private void CompareFrames(AccountRecord account, long deletedFrames)
    {
        long end = account.FirstFrame + account.FrameCount;
        if (account.Groups.Count != (account.FrameCount + FrameDigests.GroupFrames - 1) / FrameDigests.GroupFrames)
            Find($"the account has {account.Groups.Count} digests for {account.FrameCount} frames");
        if (_frames.FirstOrDefault(frame => frame.Number < account.FirstFrame || frame.Number >= end) is { Number: > 0 } other)
            Find($"frame {other.Number} is not among frames {account.FirstFrame} to {end - 1} of the account");
        ILookup<long, byte[]> groups = _frames.ToLookup(
            frame => (frame.Number - account.FirstFrame) / FrameDigests.GroupFrames, static frame => frame.Digest);
        for (int index = 0; index < account.Groups.Count; index++)
        {
            long first = account.FirstFrame + ((long)index * FrameDigests.GroupFrames);
            long last = Math.Min(first + FrameDigests.GroupFrames, end) - 1;
            if (first > deletedFrames && FrameDigests.Of(groups[index]) != account.Groups[index])
                Find($"frames {first} to {last} are not those that were signed off: there are {groups[index].Count()}");
        }
    }

    private void CompareStreams(AccountRecord account)
    {
        foreach (AccountedStream stream in account.Streams)
        {
            StreamSums sums = _streams.GetValueOrDefault((stream.EventType, stream.ProducerId));
            string name = $"{stream.EventType} of {stream.Producer}";
            Compare($"events of {name}", stream.Events, sums.Events);
            if (sums.LostOfSeveral > 0)
            {
                Compare($"lost events of {name}", stream.LostInRing + stream.Dropped, sums.Lost);
                continue;
            }

            Compare($"events of {name} lost in a ring", stream.LostInRing, sums.LostInRing);
            Compare($"events of {name} dropped by the journal", stream.Dropped, sums.Dropped);
        }

        foreach ((string eventType, int producerId) in _streams.Keys)
        {
            if (!account.Streams.Any(stream => stream.EventType == eventType && stream.ProducerId == producerId))
                Find($"the account does not have {eventType} of producer {producerId}");
        }
    }

    private void CompareHost(JournalAccount host)
    {
        foreach (AccountedEvents row in host.Engine)
        {
            string name = $"{row.EventType} of {row.Producer}";
            if (!row.IsBalanced)
                Find($"the ledger of {name} does not balance");
            if (_streams.TryGetValue((row.EventType, row.ProducerId), out StreamSums sums) && sums.Events + sums.Lost > row.Published)
                Find($"of {row.Published} published {name} there are {sums.Events + sums.Lost}");
        }
    }

    private void CompareCounters(JournalAccount host)
    {
        foreach (AccountedCounter counter in host.Counters.Where(static counter => counter.EventType is not null))
        {
            long events = _streams.Where(stream => stream.Key.EventType == counter.EventType)
                .Sum(static stream => stream.Value.Events + stream.Value.Lost);
            Compare($"{counter.Name}, as {counter.EventType}", counter.Value, events);
        }
    }

    private void Compare(string what, long accounted, long found)
    {
        if (accounted != found)
            Find($"{what}: {accounted} in the account, {found} in the frames");
    }

    private void Find(FormattableString text) => _findings.Add(text.ToString(CultureInfo.InvariantCulture));

    private readonly record struct StreamSums(long Events, long LostInRing, long Dropped, long LostOfSeveral)
    {
        public long Lost => LostInRing + Dropped + LostOfSeveral;

        public StreamSums With(FrameHeader header)
        {
            FrameLoss lost = header.LostBefore;
            StreamSums sums = this with { Events = Events + header.Count };
            return lost.Cause switch
            {
                _ when lost.Count == 0 => sums,
                LossCause.RingDroppedIncoming or LossCause.RingDroppedOldest => sums with { LostInRing = LostInRing + lost.Count },
                LossCause.JournalDropped => sums with { Dropped = Dropped + lost.Count },
                _ => sums with { LostOfSeveral = LostOfSeveral + lost.Count },
            };
        }
    }
}
