using Engine.Bus.Idempotency;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Idempotency;

public class InMemoryIdempotencyStoreTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly Guid _id = Guid.NewGuid();
    private ManualTime _time = new();

    [SetUp]
    public void NewClock() => _time = new ManualTime();

    [Test]
    public void A_key_is_claimed_once_and_completed_once()
    {
        InMemoryIdempotencyStore store = Make();
        IdempotencyClaim claim = Claim(store, "a");
        Assert.That((claim.Outcome, claim.ExpiresIn), Is.EqualTo((IdempotencyClaimOutcome.Claimed, Lease)));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.That(Claim(store, "a"), Is.EqualTo(new IdempotencyClaim(IdempotencyClaimOutcome.InFlight, 0, TimeSpan.FromSeconds(40))));
        Assert.That(Complete(store, "a", claim.Token), Is.True);
        Assert.That(Complete(store, "a", claim.Token), Is.False);
        Assert.That(Release(store, "a", claim.Token), Is.False);
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
    }

    [Test]
    public void A_key_is_of_one_subscription()
    {
        InMemoryIdempotencyStore store = Make();
        Complete(store, "a", Claim(store, "a").Token);
        Assert.That(Claim(store, "b").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
    }

    [Test]
    public void A_failure_frees_the_key()
    {
        InMemoryIdempotencyStore store = Make();
        IdempotencyClaim first = Claim(store, "a");
        Assert.That(Release(store, "a", first.Token), Is.True);
        IdempotencyClaim second = Claim(store, "a");
        Assert.That((second.Outcome, second.Token), Is.EqualTo((IdempotencyClaimOutcome.Claimed, first.Token + 1)));
        Assert.That(Complete(store, "a", first.Token), Is.False);
    }

    [Test]
    public void A_crashed_claim_is_taken_over_after_its_lease_and_its_token_is_worth_nothing()
    {
        InMemoryIdempotencyStore store = Make();
        IdempotencyClaim crashed = Claim(store, "a");
        _time.Advance(Lease - TimeSpan.FromMilliseconds(1));
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.InFlight));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        IdempotencyClaim next = Claim(store, "a");
        Assert.That(next.Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
        Assert.That((Complete(store, "a", crashed.Token), Release(store, "a", crashed.Token)), Is.EqualTo((false, false)));
        Assert.That(Complete(store, "a", next.Token), Is.True);
    }

    [Test]
    public void A_late_completion_counts_if_nobody_has_taken_over()
    {
        InMemoryIdempotencyStore store = Make();
        IdempotencyClaim late = Claim(store, "a");
        _time.Advance(Lease + Lease);
        Claim(store, "b");
        Assert.That(Complete(store, "a", late.Token), Is.True);
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
    }

    [Test]
    public void Keys_are_forgotten_after_the_window()
    {
        InMemoryIdempotencyStore store = Make();
        Complete(store, "a", Claim(store, "a").Token);
        Claim(store, "crashed");
        _time.Advance(Window - TimeSpan.FromMilliseconds(1));
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
        _time.Advance(Window + Lease);
        Claim(store, "b");
        Assert.That(store.Count, Is.EqualTo(1), "crashed claims are forgotten too");
    }

    [Test]
    public void The_oldest_completed_gives_way_and_claims_in_flight_do_not()
    {
        InMemoryIdempotencyStore store = Make(capacity: 3);
        IdempotencyClaim running = Claim(store, "running");
        Complete(store, "old", Claim(store, "old").Token);
        Complete(store, "new", Claim(store, "new").Token);
        Claim(store, "x");
        Assert.That(Claim(store, "new").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
        Assert.That(Claim(store, "y").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
        Assert.That(Claim(store, "z").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Full));
        Assert.That(store.Count, Is.EqualTo(3));
        Assert.That(Complete(store, "running", running.Token), Is.True);
        Assert.That(Claim(store, "z").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
    }

    [Test]
    public void An_expired_claim_gives_way_in_a_full_store()
    {
        InMemoryIdempotencyStore store = Make(capacity: 1);
        Claim(store, "crashed");
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Full));
        _time.Advance(Lease);
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
    }

    [Test]
    public void One_of_many_threads_gets_each_claim()
    {
        const int Keys = 20_000;
        InMemoryIdempotencyStore store = Make(capacity: Keys);
        Guid[] ids = [.. Enumerable.Range(0, Keys).Select(static _ => Guid.NewGuid())];
        int[] claimed = new int[Keys];
        Threads.Run(4, thread =>
        {
            for (int i = 0; i < Keys; i++)
            {
                var key = new IdempotencyKey("a", ids[i]);
                IdempotencyClaim claim = store.TryClaimAsync(key, Lease).AsTask().Result;
                if (claim.Outcome == IdempotencyClaimOutcome.Claimed)
                {
                    Interlocked.Increment(ref claimed[i]);
                    _ = store.CompleteAsync(key, claim.Token).AsTask().Result;
                }
            }
        });
        Assert.That(claimed, Is.All.EqualTo(1));
    }

    [Test]
    public void For_ever_is_longer_than_any_clock_runs()
    {
        // As the system's clock: far from zero.
        _time.Advance(TimeSpan.FromDays(1000));
        var store = new InMemoryIdempotencyStore(TimeSpan.MaxValue, timeProvider: _time);
        IdempotencyClaim claim = store.TryClaimAsync(Key("a"), TimeSpan.MaxValue).AsTask().Result;
        _time.Advance(TimeSpan.FromDays(1000));
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.InFlight));
        Assert.That(Complete(store, "a", claim.Token), Is.True);
        _time.Advance(TimeSpan.FromDays(1000));
        Assert.That(Claim(store, "a").Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
        Assert.That(store.ToString(), Is.EqualTo("1 events handled and 0 claimed, of 100000 that are remembered"));
    }

    [Test]
    public void Bad_options_and_arguments_are_named()
    {
        Assert.That(
            () => new InMemoryIdempotencyStore(window: TimeSpan.Zero),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("window"));
        Assert.That(
            () => new InMemoryIdempotencyStore(capacity: 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("capacity"));
        Assert.That(
            () => Make().TryClaimAsync(default, TimeSpan.Zero),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("above zero"));
        Assert.That(
            async () => await Make().TryClaimAsync(default, Lease, new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private InMemoryIdempotencyStore Make(int capacity = 100) =>
        new(Window, capacity, _time);

    private IdempotencyClaim Claim(InMemoryIdempotencyStore store, string subscription) =>
        store.TryClaimAsync(Key(subscription), Lease).AsTask().Result;

    private bool Complete(InMemoryIdempotencyStore store, string subscription, long token) =>
        store.CompleteAsync(Key(subscription), token).AsTask().Result;

    private bool Release(InMemoryIdempotencyStore store, string subscription, long token) =>
        store.ReleaseAsync(Key(subscription), token).AsTask().Result;

    private IdempotencyKey Key(string subscription) => new(subscription, _id);
}
