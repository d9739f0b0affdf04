using System.Globalization;
using Engine.Dashboard.Api;
using Engine.Dashboard.Parts;

namespace Engine.Dashboard.Pages;

/// <summary>Dead letters: a list, and what can be done with those that are chosen.</summary>
public partial class DeadLettersPage : PolledPage
{
    private readonly SortedSet<long> _chosen = [];
    private ApiAnswer? _answer;
    private DeadLetterPage? _page;
    private string? _outcome;
    private string _reason = "";
    private bool _hasFailed;
    private bool _isDiscarding;
    private bool _isBusy;
    private long _after;

    private bool IsAllChosen => _page is { Letters.Count: > 0 } page && page.Letters.All(letter => _chosen.Contains(letter.Id));

    protected override async Task AskAsync()
    {
        _answer = await Api.GetAsync(
            "api/v1/dead-letters", ("after", _after.ToString(CultureInfo.InvariantCulture)), ("limit", "50")).ConfigureAwait(true);
        _page = _answer.Read<DeadLetterPage>();
        // What has gone meanwhile cannot be chosen any more.
        _chosen.IntersectWith(_page?.Letters.Select(static letter => letter.Id) ?? []);
        _isDiscarding &= _chosen.Count > 0;
    }

    private void Choose(long id)
    {
        if (!_chosen.Remove(id))
            _chosen.Add(id);
    }

    private void ChooseAll()
    {
        if (IsAllChosen)
            _chosen.Clear();
        else
            _chosen.UnionWith(_page?.Letters.Select(static letter => letter.Id) ?? []);
    }

    private async Task RedriveAsync(bool isDryRun)
    {
        _isBusy = true;
        ApiAnswer answer = await Api.PostAsync(
            "api/v1/dead-letters/redrive", [.. Ids(), ("dry_run", isDryRun ? "true" : "false")]).ConfigureAwait(true);
        _isBusy = false;
        RedriveResult? result = answer.Read<RedriveResult>();
        _hasFailed = result is null || result.Failed + result.NotTaken > 0;
        _outcome = result is null ? answer.Problem
            : isDryRun ? $"Dry run: {result.Matched} letters would be delivered again, and {result.NotTaken} of them have nobody to "
                + "take them. Nothing was changed."
            : $"Re-drive: {result.Matched} letters, {result.Delivered} delivered, {result.Failed} failed again, "
                + $"{result.NotTaken} not taken.";
        await RenewAsync().ConfigureAwait(true);
    }

    private async Task DiscardAsync()
    {
        _isBusy = true;
        ApiAnswer answer = await Api.PostAsync("api/v1/dead-letters/discard", [.. Ids(), ("reason", _reason)]).ConfigureAwait(true);
        _isBusy = false;
        DiscardResult? result = answer.Read<DiscardResult>();
        (_hasFailed, _isDiscarding) = (result is null, result is null);
        _outcome = result is null ? answer.Problem : $"{result.Discarded} letters were discarded.";
        await RenewAsync().ConfigureAwait(true);
    }

    private Task FirstAsync()
    {
        _after = 0;
        return RenewAsync();
    }

    private Task NextAsync()
    {
        _after = _page?.After ?? 0;
        return RenewAsync();
    }

    private IEnumerable<(string Name, string? Value)> Ids() =>
        _chosen.Select(static id => ("id", (string?)id.ToString(CultureInfo.InvariantCulture)));
}
