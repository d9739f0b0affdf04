using Engine.Cluster.Contracts;
using Engine.Emulator;
using Engine.Fleet.Hosts;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Tests.Support;
using Engine.Tooling;

namespace Engine.Tests.Cluster;

/// <summary>What a host does when it is asked for a cut, and what it records of what is sampled.</summary>
[TestFixture]
internal sealed class CutTests
{
    private static readonly string[] s_types = ["vm.block", "vm.page-fault"];

    [Test]
    public async Task A_cut_names_an_instruction_and_a_frame_that_belong_together()
    {
        // A guest that has ended before it was asked shows nothing; another may be asked in time.
        bool isShown = false;
        for (int i = 0; i < 100 && !isShown; i++)
            isShown = await AreTogetherAsync();
        Assert.That(isShown, Is.True, "No guest ran while it was asked.");
    }

    private static async Task<bool> AreTogetherAsync()
    {
        using var folder = new TemporaryFolder();
        using Journal journal = Journal.Open(folder.PathOf("journal"), new JournalOptions { FrameEvents = 512 });
        using var recorder = new EventRecorder(journal, s_types);
        await using var guest = new GuestLoop("vm", recorder, TimeSpan.FromMinutes(10));
        guest.Start();
        Eventually.IsTrue(() => journal.GetStatistics().StoredBytes > 0);
        // The second time it has run on, and stands again.
        for (int i = 0; i < 2; i++)
        {
            if (await guest.CutAsync(Compare) == "ended")
                return false;
        }

        SourceCount instructions = guest.Counts.Read().Single(static count => count.EventType == "vm.instruction");
        Assert.That(instructions.Count, Is.GreaterThan(0));
        return true;

        string Compare(Machine? machine, MachineCut? cut)
        {
            if (machine is null)
                return "ended";
            Assert.That(journal.Flush(Eventually.HangGuard), Is.True);
            foreach (string type in s_types)
                Assert.That(EventsIn(journal.Directory, type), Is.EqualTo(cut!.Positions.Sum(one => one[type].Sequence)), type);
            Assert.That(cut!.RetiredInstructions, Is.EqualTo(machine.RetiredInstructions));
            return "compared";
        }
    }

    [Test]
    public async Task What_a_cut_throws_is_its_answer_and_the_guest_runs_on()
    {
        using var folder = new TemporaryFolder();
        using Journal journal = Journal.Open(folder.PathOf("journal"), new JournalOptions());
        using var recorder = new EventRecorder(journal, []);
        var guest = new GuestLoop("vm", recorder, TimeSpan.FromMinutes(10));
        guest.Start();
        InvalidOperationException? error = Assert.ThrowsAsync<InvalidOperationException>(
            () => guest.CutAsync(static (_, _) => throw new InvalidOperationException("the disk is full")));
        Assert.That(error!.Message, Is.EqualTo("the disk is full"));
        Assert.That(await guest.CutAsync(static (_, _) => "again"), Is.EqualTo("again"));
        await guest.DisposeAsync();
        Assert.That(guest.Failures, Is.Zero);
        Assert.ThrowsAsync<ObjectDisposedException>(() => guest.CutAsync(static (_, _) => "never"));
    }

    [TestCase("vm.instruction=100/5000", true)]
    [TestCase("vm.nothing=1/2", false)]
    [TestCase("vm.instruction", false)]
    public void A_sample_is_a_slice_of_a_period(string text, bool isOne) => Assert.That(
        SampleSetting.Parse(text),
        isOne ? Is.EqualTo(new SampleSetting("vm.instruction", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5))) : Is.Null);

    [TestCase("vm.instruction=5000/100", "Period of vm.instruction must be longer than Slice, 5s; it is 100ms")]
    [TestCase("vm.instruction=0/100", "Slice of vm.instruction must be 1 ms to 1 hour; it is 0s")]
    [TestCase("vm.instruction=1/3600001", "Period of vm.instruction must be 1 ms to 1 hour; it is 3600001ms")]
    public void A_sample_that_is_none_says_why(string text, string reason) =>
        Assert.That(Assert.Throws<UsageException>(() => SampleSetting.Parse(text))!.Message, Is.EqualTo($"--sample: {reason}"));

    [Test]
    public async Task What_is_sampled_is_recorded_in_its_slices_only()
    {
        using var folder = new TemporaryFolder();
        using Journal journal = Journal.Open(folder.PathOf("journal"), new JournalOptions());
        using var recorder = new EventRecorder(journal, []);
        var time = new ManualTime();
        await using var sampler = new SliceSampler(
            recorder, new SampleSetting("vm.instruction", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)), time);
        for (int i = 0; i < 3; i++)
        {
            Until(isRecorded: true);
            Until(isRecorded: false);
        }

        // Time goes on in both, as what is seen may be over already.
        void Until(bool isRecorded) => Eventually.IsTrue(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return recorder.Types.Contains("vm.instruction") == isRecorded;
        });
    }

    private static long EventsIn(string directory, string type)
    {
        long count = 0;
        using JournalReader reader = JournalReader.Open(directory);
        while (reader.TryReadHeader(out FrameHeader? header))
            count += header.Kind == FrameKind.Events && header.Stream.EventType == type ? header.Count : 0;
        return count;
    }
}
