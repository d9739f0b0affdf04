using Engine.Bench.Gate;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Measuring;

namespace Engine.Tests.Gate;

/// <summary>The command line, and the processes the gate starts.</summary>
internal sealed class GateCommandTest
{
    [TestCase("--trial -1", "--trial must be 0 or more")]
    [TestCase("--trial-seeded many", "many")]
    [TestCase("--base", "--base")]
    [TestCase("--quads 3", "--quads")]
    public void Bad_arguments_are_named(string arguments, string expected) =>
        Assert.That(
            string.Join(' ', GateCommand.Create().Parse(arguments).Errors.Select(static error => error.Message)), Does.Contain(expected));

    [Test]
    public void All_options_can_be_given_together() => Assert.That(
        GateCommand.Create().Parse(
            "--base HEAD~1 --filter publish.* --json a.json --markdown a.md --trial 3 --trial-seeded 2 --trial-label rest " +
            "--callgrind --prepare")
            .Errors,
        Is.Empty);

    [Test]
    public async Task What_can_be_expected_ends_with_its_exit_code()
    {
        Assert.That(
            await GateCommand.GuardAsync(static () => throw new GateSetupException("no base")), Is.EqualTo(GateExitCodes.CannotRun));
        Assert.That(
            await GateCommand.GuardAsync(static () => throw new OperationCanceledException()), Is.EqualTo(GateExitCodes.Interrupted));
        Assert.That(await GateCommand.GuardAsync(static () => Task.FromResult(GateExitCodes.Failed)), Is.EqualTo(GateExitCodes.Failed));
    }

    [Test]
    public async Task A_missing_commit_is_named()
    {
        GitRepository repository = GitRepository.Find();
        string missing = new('0', 40);
        GateSetupException? error = null;
        try
        {
            await repository.ResolveAsync(missing, CancellationToken.None);
        }
        catch (GateSetupException exception)
        {
            error = exception;
        }

        Assert.That(error?.Message, Does.Contain(missing).And.Contain("not in this clone"));
    }

    [Test]
    public void The_base_file_names_one_commit() =>
        Assert.That(new GateBuilder(GitRepository.Find(), static _ => { }).ReadBaseFile(), Does.Match("^[0-9a-f]{40}$"));

    [Test]
    public async Task A_program_that_is_cancelled_ends()
    {
        using var source = new CancellationTokenSource();
        Task<ExternalCommand.Result> running = ExternalCommand.RunAsync("sleep", ["1000"], "/", source.Token);
        await source.CancelAsync();

        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_program_says_how_it_ended()
    {
        ExternalCommand.Result result = await ExternalCommand.RunAsync(
            "sh", ["-c", "echo out; echo err >&2; exit 3"], "/", CancellationToken.None);

        Assert.That((result.ExitCode, result.Output, result.Error), Is.EqualTo((3, "out\n", "err\n")));
    }

    [Test]
    public void Measuring_processes_get_only_the_gates_runtime_settings()
    {
        IDictionary<string, string?> environment = SelfStart.Create(ProcessSampler.RuntimeSettings).Environment;

        Assert.That(
            environment.Where(
                static pair => pair.Key.StartsWith("DOTNET_", StringComparison.Ordinal)
                && !pair.Key.StartsWith("DOTNET_ROOT", StringComparison.Ordinal)),
            Is.EquivalentTo(ProcessSampler.RuntimeSettings));
    }
}
