using FleetChat.Core.Monitoring;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Conventions;
using static FleetChat.Core.WhatsApp.MetaErrorClass;

namespace FleetChat.Tests.WhatsApp;

public sealed class MetaErrorsTests
{
    /// <summary>As Meta's documentation names them, with what it says is to be done.</summary>
    private static readonly (MetaErrorClass Class, int[] Codes)[] Documented =
    [
        (Retry, [1, 2, 131000, 131016, 133004]),
        (RetryInMinutes, [613, 131057, 132069]),
        (RetryInAnHour, [131064]),
        (BackOffNumber, [130429]),
        (BackOffAccount, [4, 17, 80007]),
        (BackOffDriver, [131056]),
        (UseTemplate, [131047]),
        (GiveUp, [130472, 130497, 131026, 131049]),
        (Suppress, [131050]),
        (StopNumber, [131048]),
        (StopTenant, [0, 3, 10, 104, 190, 200, 299, 368, 131005, 131031, 131037, 131042, 131044, 131045, 133010]),
        (StopTemplate, [132001, 132015, 132016]),
        (Fix, [33, 100, 803, 131008, 131009, 131021, 131030, 131051, 131052, 131053, 131062, 131063, 132000, 132005, 132007, 132008, 132012, 132018, 132068, 134011, 135000, 137000]),
        (SetUp, [133000, 133005, 133006, 133008, 133009, 133015, 133016]),
    ];

    [Fact]
    public void Every_documented_code_has_its_class_and_a_text()
        => Findings.AssertNone(
            from documented in Documented
            from code in documented.Codes
            let known = MetaErrors.Find(code)
            where known?.Class != documented.Class || known.Text.Length < 20
            select $"{code}: {known?.Class} instead of {documented.Class}");

    [Fact]
    public void No_code_stands_in_the_table_that_is_documented_nowhere()
        => Assert.Equal(Documented.SelectMany(d => d.Codes).Where(code => code != 299).Order(), MetaErrors.All.Select(error => error.Code));

    [Fact]
    public void Every_class_says_what_is_done() => Assert.All(Enum.GetValues<MetaErrorClass>(), errorClass => Assert.NotEmpty(MetaErrorClasses.ActionOf(errorClass)));

    [Theory]
    [InlineData(true, Retry)]
    [InlineData(false, GiveUp)]
    public void A_code_that_nobody_knows_is_tried_again_only_if_it_says_so(bool isTransient, MetaErrorClass expected)
    {
        Assert.Equal(expected, MetaErrors.Classify(987654, isTransient));
        Assert.Contains("987654", MetaErrors.TextOf(987654), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_known_code_says_of_itself_decides_nothing() => Assert.Equal(GiveUp, MetaErrors.Classify(131026, isTransient: true));

    [Theory]
    [InlineData(WhatsAppFailure.Transient, 0, Retry)]
    [InlineData(WhatsAppFailure.Blocked, 0, StopTenant)]
    [InlineData(WhatsAppFailure.Transient, 131056, BackOffDriver)]
    public void A_call_that_made_no_connection_is_no_refused_token(WhatsAppFailure failure, int code, MetaErrorClass expected)
        => Assert.Equal(expected, new WhatsAppException(failure, code, null, null).Class);

    [Fact]
    public void Page_is_made_from_the_table() => Assert.Equal(ErrorsPage.Write(), Sources.Read("docs/whatsapp-errors.md"));

    [Fact]
    public void Alert_about_a_code_says_what_it_means()
        => Assert.StartsWith(MetaErrors.TextOf(131026), AlertCatalog.WhatToDo(AlertCodes.MessageFailed, "131026"), StringComparison.Ordinal);
}
