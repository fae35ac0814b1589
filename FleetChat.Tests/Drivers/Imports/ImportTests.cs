using System.Text;
using FleetChat.Core.Billing;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;

namespace FleetChat.Tests.Drivers.Imports;

public sealed class ImportTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private static readonly OptIn s_usual = new("I agree.", "v1", "en", "paper", "folder B", new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero));
    private readonly TestFleet _fleet = fixture.Fleet;

    private static bool IsLong => Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";

    [Fact]
    public async Task Every_rows_result_is_right_in_a_file_with_bad_rows_of_twenty_kinds()
    {
        var bench = await StartAsync();
        await SilenceAsync(bench, BadRoster.Silent);
        var (rows, bad) = IsLong ? (50_000, 2_500) : (2_000, 100);
        var roster = BadRoster.Make(rows, bad);
        Assert.True(BadRoster.Kinds >= 20);

        var import = await bench.ImportAsync(roster.File, null, Cut(roster.File.Length));

        Assert.Equal(roster.Said, await bench.SaidAsync(import.Id));
        Assert.Equal((ImportState.Done, new ImportRowCounts(rows, rows, roster.Good, 0, 0, bad)), (import.State, import.Rows));
        var before = await bench.RosterAsync();
        Assert.Equal(roster.Good + 1, before.Length);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.import_parts", bench));
        await AssertSameFileChangesNothingAsync(bench, roster, before);
    }

    private static async Task AssertSameFileChangesNothingAsync(ImportBench bench, BadRoster roster, string[] before)
    {
        var again = await bench.ImportAsync(roster.File, null, Cut(roster.File.Length));

        Assert.Equal((0, 0, roster.Good), (again.Rows.Added, again.Rows.Changed, again.Rows.Unchanged));
        Assert.Equal(before, await bench.RosterAsync());
        Assert.All((await bench.RowsAsync(again.Id)).Where(r => r.Consent is not null), r => Assert.Equal(ImportConsent.Known, r.Consent));
    }

    [Fact]
    public async Task Dry_run_says_what_a_run_would_do_and_changes_nothing()
    {
        var bench = await StartAsync();
        await bench.ImportAsync("samsara_id,name,phone\na,Ana,512 555 0101\nb,Bo,512 555 0102\n");
        await SetLimitAsync(bench, 4);
        var before = await bench.RosterAsync();
        const string file = "samsara_id,name,phone\na,Anna,512 555 0101\nb,Bo,512 555 0101\nc,Cy,512 555 0101\nd,Di,512 555 0104\ne,Ed,512 555 0105\nc,Cy,\n";

        var dry = await bench.ImportAsync(file, ImportBench.Csv with { DryRun = true });

        Assert.Equal(before, await bench.RosterAsync());
        Assert.StartsWith("Dry run, nothing is changed. 6 of 6 rows: 2 added, 2 changed,", dry.Progress, StringComparison.Ordinal);
        var said = await bench.SaidAsync(dry.Id);
        Assert.Equal(said, await bench.SaidAsync((await bench.ImportAsync(file)).Id));
        Assert.Equal(["1 changed", "2 changed shared", "3 added shared", "4 added", "5 refused limits.drivers_reached", "6 refused imports.duplicate samsara_driver_id"], said);
    }

    [Fact]
    public async Task Known_drivers_are_changed_where_the_file_says_something_else_and_an_empty_cell_says_nothing()
    {
        var bench = await StartAsync();
        await bench.ImportAsync("samsara_id,name,phone,language\na,Ana,512 555 0101,en\nb,Bo,512 555 0102,\nc,Cy,,\n");

        var import = await bench.ImportAsync("samsara_id,name,phone,language\na,,,fr\nb,Bob,+1 512 555 0109,\nc,,5125550103,\n");

        Assert.Equal(["1 changed", "2 changed", "3 changed"], await bench.SaidAsync(import.Id));
        Assert.Equal(["a Ana +15125550101  unknown fr active 1 0", "b Bob +15125550109  unknown  active 1 0", "c Cy +15125550103  unknown  active 1 0"], await bench.RosterAsync());
    }

    [Fact]
    public async Task Row_without_an_id_means_the_one_driver_of_its_phone()
    {
        var bench = await StartAsync();
        await bench.ImportAsync("samsara_id,name,phone\na,Ana,512 555 0101\nb,Bo,512 555 0102\nc,Cy,512 555 0102\n");

        var import = await bench.ImportAsync("Mobile,Preferred language\n(512) 555-0101,ES\n512 555 0102,ES\n512 555 0109,ES\n5125550101,fr\n");

        Assert.Equal(["1 changed", "2 refused imports.driver_ambiguous samsara_driver_id", "3 refused imports.driver_unknown samsara_driver_id", "4 refused imports.duplicate samsara_driver_id"], await bench.SaidAsync(import.Id));
    }

    [Theory]
    [InlineData("utf-8", ";")]
    [InlineData("utf-8-bom", ",")]
    [InlineData("utf-16", "\t")]
    [InlineData("utf-16-bom", "|")]
    [InlineData("utf-16be-bom", ";")]
    [InlineData("windows-1252", ",")]
    public async Task File_is_read_in_whatever_encoding_and_with_whatever_delimiter_wherever_it_is_cut(string encoding, string delimiter)
    {
        var bench = await StartAsync();
        var text = "Núm. de empleado;Conductor;Teléfono móvil;Id de Samsara\r\n17;\"Peña; \"\"Ñandú\"\"\";512 555 0101;p-1\r\n\r\n;;;\r\n18;Zoë;;p-2".Replace(";", delimiter, StringComparison.Ordinal);
        // No name has a tab in it.
        var inside = delimiter == "\t" ? "," : delimiter;
        text = text.Replace($"Peña{delimiter}", $"Peña{inside}", StringComparison.Ordinal);
        var file = BytesOf(text, encoding);
        // Behind each byte, so that characters, quotes and lines are cut too.
        var import = await bench.ImportAsync(file, null, [.. Enumerable.Range(1, 61).Select(at => at * (file.Length / 63))]);

        Assert.Equal([$"p-1 Peña{inside} \"Ñandú\" +15125550101  unknown  active 1 0", "p-2 Zoë -  unknown  active 0 0"], await bench.RosterAsync());
        Assert.Equal(delimiter, import.Delimiter);
        Assert.Equal([("Núm. de empleado", "reference"), ("Conductor", "name"), ("Teléfono móvil", "phone"), ("Id de Samsara", "samsara_driver_id")], import.Columns!.Select(c => (c.Header, c.Field)));
        Assert.Equal([(1, 2, "17"), (2, 5, "18")], (await bench.RowsAsync(import.Id)).Select(r => (r.Number, r.Line, r.Reference)));
    }

    [Fact]
    public async Task Columns_that_nobody_could_guess_are_said_and_hints_of_a_spreadsheet_are_taken()
    {
        var bench = await StartAsync();
        var settings = ImportBench.Csv with { Columns = new Dictionary<string, string> { ["Kennung"] = "samsara_driver_id", ["Wer"] = "name", ["Phone"] = ImportFields.Ignore, ["Handy"] = "phone" } };

        var import = await bench.ImportAsync("sep=;\r\nKennung;Wer;Handy;Phone\r\nk;Karl;512 555 0101;nothing\r\n", settings);

        Assert.Equal(["k Karl +15125550101  unknown  active 1 0"], await bench.RosterAsync());
        Assert.Equal(2 + 1, (await bench.RowsAsync(import.Id))[0].Line);
        var (other, bytes) = (await bench.OpenAsync(settings), Encoding.UTF8.GetBytes("Kennung;Handy\nk;1\n"));
        ImportBench.Value(await bench.PutAsync(other, 1, bytes));
        Assert.Equal(ImportErrors.ColumnMissing, (await bench.CompleteAsync(other, 1, bytes)).Error);
        var (third, foreign) = (await bench.OpenAsync(ImportBench.Csv), Encoding.UTF8.GetBytes("Kennung;Handy\nk;1\n"));
        ImportBench.Value(await bench.PutAsync(third, 1, foreign));
        Assert.Equal(ImportErrors.ColumnsUnknown, (await bench.CompleteAsync(third, 1, foreign)).Error);
    }

    [Theory]
    [InlineData("""[{"samsara_driver_id":17,"name":"Ana","phone":15125550101,"language":"es"},{"samsara_driver_id":"b","name":"Bo","opt_in":OPTIN,"phone":"512 555 0102"},17,{"name":{"first":"X"}}]""")]
    [InlineData("""
        {"samsara_driver_id":17,"name":"Ana","phone":15125550101,"language":"es"}
        {"samsara_driver_id":"b","name":"Bo","opt_in":OPTIN,"phone":"512 555 0102"}
        17 {"name":{"first":"X"}}
        """)]
    public async Task JSON_has_the_same_fields(string json)
    {
        var bench = await StartAsync();
        const string optIn = """{"text":"I agree.","text_version":"1","language":"en","method":"paper","evidence":"form 7","agreed_at":"2026-01-05T08:00:00Z"}""";

        var import = await bench.ImportAsync(Encoding.UTF8.GetBytes(json.Replace("OPTIN", optIn, StringComparison.Ordinal)), new ImportSettings(ImportSettings.Json), 7, 90, 91);

        Assert.Equal(["1 added", "2 added granted", "3 refused imports.row_is_no_object", "4 refused imports.row_is_no_object"], await bench.SaidAsync(import.Id));
        Assert.Equal(["17 Ana +15125550101  unknown es active 1 0", "b Bo +15125550102  granted  active 1 1"], await bench.RosterAsync());
    }

    [Theory]
    [InlineData(ImportSettings.Json, "[{\"samsara_driver_id\":\"a\",\"name\":\"Ana\"},\n{\"samsara_driver_id\":", 2)]
    [InlineData(ImportSettings.Csv, "samsara_id,name\na,Ana\nb,\"Bo\nc,Cy\n", 3)]
    [InlineData(ImportSettings.Csv, "samsara_id,name\na,Ana\nb,\"Bo\nc,\"Cy\"\nd,Di\n", 3)]
    public async Task File_that_breaks_off_fails_with_its_line_before_anything_is_changed(string source, string text, int line)
    {
        var bench = await StartAsync();

        var import = await bench.ImportAsync(text, new ImportSettings(source));

        Assert.Equal((ImportState.Failed, "imports.file_malformed", line, 0), (import.State, import.Problem!.Code, import.Problem.Line, import.Rows.Done));
        Assert.Empty(await bench.RosterAsync());
    }

    [Fact]
    public async Task File_of_more_rows_than_anybody_has_drivers_fails_before_anything_is_changed()
    {
        var bench = await StartAsync();

        var import = await bench.ImportAsync(string.Concat(Enumerable.Repeat("{}", ImportFile.MostRows + 1)), new ImportSettings(ImportSettings.Json));

        Assert.Equal((ImportState.Failed, "imports.too_many_rows", ImportFile.MostRows + 1, 0), (import.State, import.Problem!.Code, import.Problem.Line, import.Rows.Done));
        Assert.Contains("at most 200000 rows", import.Problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ImportSettings.Json, ImportFile.LongestRow)]
    [InlineData(ImportSettings.Json, 3 * 1024 * 1024)]
    [InlineData(ImportSettings.Csv, 3 * 1024 * 1024)]
    public async Task Row_that_never_ends_is_not_read_to_the_end(string source, int length)
    {
        var (bench, name) = (await StartAsync(), new string('N', length));
        var file = Encoding.UTF8.GetBytes(source == ImportSettings.Json ? $$"""[{"samsara_driver_id":"a","name":"Ana"},{"samsara_driver_id":"b","name":"{{name}}"}]""" : $"samsara_id,name\na,Ana\nb,{name}\n");

        var import = await bench.ImportAsync(file, new ImportSettings(source), Cut(file.Length));

        Assert.Equal((ImportState.Failed, "imports.file_malformed", source == ImportSettings.Json ? 2 : 3), (import.State, import.Problem!.Code, import.Problem.Line));
        Assert.Empty(await bench.RosterAsync());
    }

    [Theory]
    [InlineData(0xFFFE)]
    [InlineData(0xFFFF)]
    [InlineData(0xFDD0)]
    [InlineData(0x10FFFF)]
    public async Task What_is_no_character_is_the_fault_of_its_row_alone(int rune)
    {
        var (bench, word) = (await StartAsync(), char.ConvertFromUtf32(rune));
        var file = Encoding.UTF8.GetBytes($"samsara_id,name,language,consent,consent method,{word}\na,Ana,{word},,,\nb,Bo,,{word},,\nc,Cy,,yes,{word},\nd,D{word},,,,\ne,Ed,,,,{word}\n");

        var import = await bench.ImportAsync(file, ImportBench.Csv with { Columns = new Dictionary<string, string> { [word] = ImportFields.Ignore } });

        Assert.Equal(["1 refused imports.unreadable", "2 refused imports.unreadable", "3 refused imports.unreadable", "4 refused imports.unreadable", "5 added"], await bench.SaidAsync(import.Id));
    }

    [Theory]
    [InlineData(ImportSettings.Csv)]
    [InlineData(ImportSettings.Json)]
    public async Task File_of_more_columns_than_a_roster_has_is_refused_before_they_are_understood(string source)
    {
        var bench = await StartAsync();
        var names = Enumerable.Range(1, ImportSettings.MostColumns + 1).Select(n => $"c{n}");
        var file = Encoding.UTF8.GetBytes(source == ImportSettings.Csv ? $"{string.Join(',', names)}\n" : $"{{{string.Join(',', names.Select(name => $"\"{name}\":1"))}}}");
        var (whole, cut) = (await bench.OpenAsync(new(source)), await bench.OpenAsync(new(source)));

        Assert.Equal(ImportErrors.TooManyColumns, (await bench.PutAsync(whole, 1, file)).Error);
        Assert.Equal(0, (await bench.FindAsync(whole)).Parts);
        // Whoever cuts the first line finds it out at the end.
        ImportBench.Value(await bench.PutAsync(cut, 1, file[..100]));
        ImportBench.Value(await bench.PutAsync(cut, 2, file[100..]));
        Assert.Equal(ImportErrors.TooManyColumns, (await bench.CompleteAsync(cut, 2, file)).Error);
    }

    [Fact]
    public async Task Long_rows_are_taken_in_smaller_batches()
    {
        var (bench, text) = (await StartAsync(), new string('T', 3_900));
        var file = Encoding.UTF8.GetBytes($"samsara_id,name,phone,consent,consent text,proof\n{string.Concat(Enumerable.Range(1, 300).Select(n => $"d-{n},Driver {n},512 555 {1000 + n},yes,{text},{text[..900]}\n"))}");

        var import = await bench.ImportAsync(file, ImportBench.Csv with { OptIn = s_usual }, Cut(file.Length));

        Assert.Equal((300, 300), (import.Rows.Done, import.Rows.Added));
        Assert.Equal(2, await CountAsync("select count(*) from fleet.audit_entries where action = 'import.rows'", bench));
    }

    [Fact]
    public async Task Parts_are_taken_once_and_the_file_has_to_be_whole()
    {
        var bench = await StartAsync();
        var (import, file) = (await bench.OpenAsync(ImportBench.Csv), Encoding.UTF8.GetBytes("samsara_id,name\na,Ana\nb,Bo\n"));
        Assert.Null(ImportBench.Value(await bench.PutAsync(import, 2, file[20..])).Columns);
        Assert.Equal(["samsara_driver_id", "name"], ImportBench.Value(await bench.PutAsync(import, 1, file[..20])).Columns!.Select(c => c.Field));
        ImportBench.Value(await bench.PutAsync(import, 2, file[20..]));
        Assert.Equal(ImportErrors.PartDiffers, (await bench.PutAsync(import, 2, file[21..])).Error);
        Assert.Equal("imports.part_number", (await bench.PutAsync(import, 65, file)).Error!.Code);
        Assert.Equal(ImportErrors.PartsMissing(3), (await bench.CompleteAsync(import, 3, file)).Error);
        Assert.Equal(ImportErrors.PartsTooMany(2), (await bench.CompleteAsync(import, 1, file)).Error);
        Assert.Equal(ImportErrors.Sha256Differs, (await bench.CompleteAsync(import, 2, file[1..])).Error);

        ImportBench.Value(await bench.CompleteAsync(import, 2, file));
        ImportBench.Value(await bench.CompleteAsync(import, 2, file));
        Assert.Equal(ImportErrors.NotOpen, (await bench.PutAsync(import, 3, file)).Error);
        await bench.RunAsync(import);
        Assert.Equal(["1 added", "2 added"], await bench.SaidAsync(import));
    }

    [Fact]
    public async Task Cancelled_import_stays_where_it_is()
    {
        var bench = await StartAsync();
        var import = await bench.HandInAsync(Encoding.UTF8.GetBytes("samsara_id,name\na,Ana\n"));
        ImportBench.Value(await _fleet.Get<CancelImport>().HandleAsync(bench.Company.Id, import, "test", default));

        Assert.Equal(ImportState.Cancelled, (await bench.RunAsync(import)).State);
        Assert.Empty(await bench.RosterAsync());
        Assert.Equal(0, await CountAsync("select count(*) from fleet.import_parts", bench));
        ImportBench.Value(await _fleet.Get<CancelImport>().HandleAsync(bench.Company.Id, import, "test", default));
        var done = await bench.ImportAsync("samsara_id,name\na,Ana\n");
        Assert.Equal(ImportErrors.HasEnded, (await _fleet.Get<CancelImport>().HandleAsync(bench.Company.Id, done.Id, "test", default)).Error);
    }

    [Fact]
    public async Task Drivers_are_asked_for_their_own_yes_as_many_as_the_portfolio_leaves()
    {
        var bench = await StartAsync();
        await WantsOwnYesAsync(bench);
        await LimitPortfolioAsync(bench, 20);
        var rows = Enumerable.Range(1, 25).Select(n => $"d-{n},Driver {n},+1 512 555 {1000 + n}");

        var import = await bench.ImportAsync($"samsara_id,name,phone,consent\n{string.Join('\n', rows.Select(r => $"{r},yes"))}", ImportBench.Csv with { OptIn = s_usual });

        Assert.Equal((ImportState.Asking, new ImportQuestionCounts(15, 10, 0)), (import.State, import.Questions));
        Assert.All(await bench.RosterAsync(), driver => Assert.Contains(driver.Split(' ')[^5], new[] { "asked", "unknown" }));
        // A flag without its nudge would keep the sweep, and everybody else, from telling the lane.
        Assert.Equal(0, await CountAsync("select count(*) from fleet.lanes where stage = 'send' and nudged", bench));
        // Those who wait for the sender count: nobody is asked beside them.
        Assert.Equal(15, (await bench.RunAsync(import.Id)).Questions.Waiting);
        await LimitPortfolioAsync(bench, null);
        var over = await bench.RunAsync(import.Id);
        Assert.Equal((ImportState.Done, 25), (over.State, over.Questions.Asked));
        Assert.Equal(25, await CountAsync("select count(*) from fleet.consent_requests where status = 'open'", bench));
        Assert.Equal(ImportConsent.Known, (await bench.RowsAsync((await bench.ImportAsync($"samsara_id,name,phone,consent\n{rows.First()},yes", ImportBench.Csv with { OptIn = s_usual })).Id))[0].Consent);
    }

    [Fact]
    public async Task Questions_of_a_day_leave_half_of_the_portfolios_limit_to_other_messages()
    {
        var bench = await StartAsync();
        await WantsOwnYesAsync(bench);
        // The limit is shared with the companies of the tests before, and counts whom they have reached.
        await _fleet.Database.ExecuteAsAdminAsync("update directory.tenants set status = 'terminated' where tenant_id <> $1", P.Text(bench.Company.Id.Value));
        await _fleet.Database.ExecuteAsAdminAsync("delete from directory.portfolio_reach");
        await LimitPortfolioAsync(bench, 20);
        _fleet.AcceptAll();
        var rows = Enumerable.Range(1, 25).Select(n => $"d-{n},Driver {n},+1 512 555 {1000 + n},en,yes");
        var import = await bench.ImportAsync($"samsara_id,name,phone,language,consent\n{string.Join('\n', rows)}", ImportBench.Csv with { OptIn = s_usual });

        var asked = new List<int>();
        foreach (var pause in new[] { 0, 1, 1, 60, 24 * 60, 1, 24 * 60 + 60 })
        {
            _fleet.Clock.Advance(TimeSpan.FromMinutes(pause));
            await LimitPortfolioAsync(bench, 20);
            asked.Add((await bench.RunAsync(import.Id)).Questions.Asked);
            // A lane may rest where the machine is busy.
            await Until.TrueAsync(async () => await SweepAndCountAsync(bench) >= asked[^1], because: "those who are asked to be written to");
            Assert.Equal(asked[^1], await SweepAndCountAsync(bench));
        }

        Assert.Equal([10, 10, 10, 10, 20, 20, 25], asked);
        Assert.Equal(ImportState.Done, (await bench.FindAsync(import.Id)).State);
    }

    private async Task<long> SweepAndCountAsync(ImportBench bench)
    {
        await _fleet.SweepAsync();
        return await CountAsync("select count(*) from fleet.conversations where reached_at is not null", bench);
    }

    [Fact]
    public async Task Two_who_run_the_same_import_and_somebody_who_adds_its_drivers_end_as_one_would()
    {
        var bench = await StartAsync();
        var lines = Enumerable.Range(1, 2500).Select(n => $"d-{n},Driver {n},+1 512 {555 + n / 1000} {n % 1000 / 2 + 1000}").ToArray();
        var import = await bench.HandInAsync(Encoding.UTF8.GetBytes($"samsara_id,name,phone\n{string.Join('\n', lines)}"));
        using var over = new CancellationTokenSource();
        var adding = AddMeanwhileAsync(bench, over.Token);

        await Task.WhenAll(Task.Run(() => bench.RunAsync(import)), Task.Run(() => bench.RunAsync(import)));
        await over.CancelAsync();
        var added = await adding;

        var view = await bench.FindAsync(import);
        Assert.Equal((ImportState.Done, 2500, 0), (view.State, view.Rows.Done, view.Rows.Refused));
        Assert.Equal(2500 + added, (await bench.RosterAsync()).Length);
        Assert.Equal(Enumerable.Range(1, 2500), (await bench.RowsAsync(import)).Select(r => r.Number));
        Assert.Equal(0, await _fleet.Db(bench.Company).FindAsync("""
            select count(*) from fleet.conversations c where c.tenant_id = $1 and not exists (select from fleet.drivers d where d.tenant_id = $1 and d.conversation_id = c.id)
            """, row => row.GetInt64(0), default));
    }

    [Fact]
    public async Task Limit_lets_the_first_rows_in()
    {
        var bench = await StartAsync();
        await SetLimitAsync(bench, 2);

        var import = await bench.ImportAsync("samsara_id,name\na,Ana\nb,Bo\nc,Cy\na,Ana\n");

        Assert.Equal(["1 added", "2 added", "3 refused limits.drivers_reached", "4 refused imports.duplicate samsara_driver_id"], await bench.SaidAsync(import.Id));
    }

    [Fact]
    public async Task What_is_over_is_forgotten_after_a_month()
    {
        var bench = await StartAsync();
        await bench.ImportAsync("samsara_id,name\na,Ana\n");
        await bench.OpenAsync(ImportBench.Csv);
        _fleet.Clock.Advance(TimeSpan.FromDays(InboxOptions.KeyDays + 1));

        await _fleet.Get<KeepInbox>().HandleAsync(default);

        foreach (var table in new[] { "imports", "import_parts", "import_rows" }) Assert.Equal(0, await CountAsync($"select count(*) from fleet.{table}", bench));
        Assert.Single(await bench.RosterAsync());
    }

    private async Task<int> AddMeanwhileAsync(ImportBench bench, CancellationToken over)
    {
        for (var number = 1; ; number++)
        {
            if (over.IsCancellationRequested) return number - 1;
            // On a phone of the file, from its end to its beginning.
            var phone = 2500 - number * 7 % 2500;
            var added = await _fleet.Get<AddDriver>().HandleAsync(new(bench.Company.Id, $"other-{number}", "Other", $"+1 512 {555 + phone / 1000} {phone % 1000 / 2 + 1000}", "en"), default);
            Assert.True(added.IsOk, added.Error?.Code);
        }
    }

    private async Task<ImportBench> StartAsync() => new(_fleet, await _fleet.AddCompanyAsync("import"));

    private static async Task SilenceAsync(ImportBench bench, string phone)
    {
        var driver = await bench.Fleet.AddDriverAsync(bench.Company, "silent", phone);
        await bench.Fleet.Db(bench.Company).ExecuteAsync("update fleet.conversations set stopped_at = now() where tenant_id = $1 and id = (select conversation_id from fleet.drivers where tenant_id = $1 and id = $2)", default, P.Uuid(driver));
    }

    private static async Task SetLimitAsync(ImportBench bench, int drivers)
        => Assert.True((await bench.Fleet.Get<OverrideLimits>().HandleAsync(new(bench.Company.Id, new(drivers, null, null, new(2099, 1, 1)), "operator"), default)).IsOk);

    private static async Task WantsOwnYesAsync(ImportBench bench)
        => ImportBench.Value(await bench.Fleet.Get<ChangeTenant>().HandleAsync(new(bench.Company.Id, new(ComplianceSettings: new(DriverConsentRequired: true)), "test"), default));

    private static async Task LimitPortfolioAsync(ImportBench bench, int? people)
    {
        bench.Fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        await bench.Fleet.Get<Core.Messaging.Rates.Portfolios>().SetLimitAsync(bench.Fleet.Db(bench.Company), bench.Fleet.Clock, people, bench.Fleet.Clock.GetUtcNow(), default);
    }

    private static Task<long> CountAsync(string sql, ImportBench bench) => bench.Fleet.Db(bench.Company).FindAsync(sql.Contains(" where ", StringComparison.Ordinal) ? $"{sql} and tenant_id = $1" : $"{sql} where tenant_id = $1", row => row.GetInt64(0), default);

    private static int[] Cut(int length) => [.. Enumerable.Range(1, (length - 1) / ImportBench.PartLength).Select(n => n * ImportBench.PartLength)];

    private static byte[] BytesOf(string text, string encoding) => encoding switch
    {
        "utf-8" => Encoding.UTF8.GetBytes(text),
        "utf-8-bom" => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text)],
        "utf-16" => Encoding.Unicode.GetBytes(text),
        "utf-16-bom" => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)],
        "utf-16be-bom" => [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(text)],
        _ => CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(text),
    };
}
