using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Bluebonnet hires seven more, and wants to hear from each himself: two are given a link, four are on file and are asked, one has agreed and had enough.</summary>
internal sealed class Consents(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private const int Waiting = 3;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(5);
    private static readonly string[] s_asked = [Cast.Yves, Cast.Nell, Cast.Stan, Cast.Ines];

    private FleetApi Api => Stage.ApiOf(Haulage);

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Bluebonnet hires seven more.");
        foreach (var driver in Haulage.Newcomers) await SetUp.HireAsync(Haulage, driver, ct);
        await Stage.PassAsync(LookEvery + Minute, ct);
        var ids = (await Api.ListAsync<ApiDriver>("api/drivers", ct)).ToDictionary(d => d.Name, d => d.Id);
        await BeginByCodeAsync(ids, ct);
        await AskAsync(ids, ct);
        await StopWhileMessagesWaitAsync(ids, ct);
        Notes.RecordsOfFirstDay = (await ConsentEvidence.ReadAsync(Stage, Haulage, ct)).ToDictionary(c => c.Key, c => c.Value.History);
    }

    private async Task BeginByCodeAsync(Dictionary<string, Guid> ids, CancellationToken ct)
    {
        Stage.Tell("Wade and Zoe get a link with a code. Zoe opens the wrong company's chat with it first; Wade's code is used once more, by somebody else.");
        var (wade, zoe) = (Haulage.Get(Cast.Wade), Haulage.Get(Cast.Zoe));
        foreach (var driver in new[] { wade, zoe })
        {
            var (_, invitation) = await Api.PostAsync($"api/drivers/{ids[driver.Name]}/consent/invitation", new { }, ct);
            Notes.Invitations[driver.Name] = System.Text.Json.JsonSerializer.Deserialize<ApiInvitation>(invitation, FleetApi.Json)!;
            await Api.ChangeAsync($"api/drivers/{ids[driver.Name]}", new { language = driver.Language }, ct);
        }
        await BeginAsync(Haulage, wade.Phone, Cast.Wade, ct);
        Notes.CodeInWrongChat = await BeginAsync(Freight, zoe.Phone, Cast.Zoe, ct);
        Notes.ZoeAfterWrongChat = (await Api.GetAsync<ApiConsent>($"api/drivers/{ids[Cast.Zoe]}/consent", ct)).State;
        await BeginAsync(Haulage, zoe.Phone, Cast.Zoe, ct);
        Notes.UsedCode = await BeginAsync(Haulage, Cast.Finder, Cast.Wade, ct);
        foreach (var driver in new[] { wade, zoe }) await ArriveAsync(driver, ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task<string> BeginAsync(Company company, string phone, string codeOf, CancellationToken ct)
    {
        var wamid = await Stage.WhatsApp.SendTextAsync(company.NumberId, phone, $"START {Notes.Invitations[codeOf].Code}", ct: ct);
        await Stage.SettleAsync(ct);
        return wamid;
    }

    private async Task AskAsync(Dictionary<string, Guid> ids, CancellationToken ct)
    {
        Stage.Tell("Yves, Nell, Stan and Inés have agreed on paper. Bluebonnet wants their own yes: they are asked.");
        await Api.ChangeCompanyAsync(new { compliance_settings = new { driver_consent_required = true } }, ct);
        Notes.Asked = Stage.Now;
        foreach (var name in s_asked) await AgreeAsync(Haulage, Haulage.Get(name), ids[name], ct);
        await Api.ChangeCompanyAsync(new { compliance_settings = new { driver_consent_required = false } }, ct);
        await Stage.PassAsync(Minute, ct);
        await Stage.TapAsync(Haulage, Haulage.Get(Cast.Yves), Cast.Yves, Cast.Accept, ct);
        await Stage.TapAsync(Haulage, Haulage.Get(Cast.Nell), Cast.Nell, Cast.Decline, ct);
        await Stage.SettleAsync(ct);
        await ArriveAsync(Haulage.Get(Cast.Yves), ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task StopWhileMessagesWaitAsync(Dictionary<string, Guid> ids, CancellationToken ct)
    {
        Stage.Tell("Dispatch writes to Walt. WhatsApp has trouble, the messages wait for another try, and Walt has had enough.");
        var walt = Haulage.Get(Cast.Walt);
        await AgreeAsync(Haulage, walt, ids[Cast.Walt], ct);
        await Stage.WhatsApp.FailSendsAsync(new(Waiting, Haulage.NumberId, ErrorCode: 131000), ct);
        var waited = new List<Guid>();
        foreach (var gate in Enumerable.Range(1, Waiting)) waited.Add(await WriteAsync(Haulage, walt, $"Gate {gate} is closed", ct));
        Notes.WaitedForWalt = waited;
        await Stage.SettleAsync(ct);
        Notes.WaltsStop = await Stage.WhatsApp.SendTextAsync(Haulage.NumberId, walt.Phone, "Stop messages", ct: ct);
        await Stage.SettleAsync(ct);
        await Stage.WhatsApp.ClearFaultsAsync(ct);
        await Stage.PassAsync(Minute, ct);
        await Stage.WhatsApp.SendTextAsync(Haulage.NumberId, walt.Phone, "STOP", ct: ct);
        await Stage.PassAsync(Minute, ct);
    }
}
