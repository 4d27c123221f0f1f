"""Every word of the page in both languages. A number stands here only where it is part of a term."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from triage_bench.core.sentence import Sentence
from triage_bench.report import phrases

_HEADINGS = phrases.table(
    title=("진단 보고서", "Diagnostic report"),
    skip=("본문으로 건너뛰기", "Skip to the content"),
    verdict=("판정", "Verdict"),
    checks=("점검", "Sanity checks"),
    leaderboard=("순위표", "Leaderboard"),
    errors=("클래스별 오류", "Errors per class"),
    calibration=("확신도 보정", "Calibration"),
    decisions=("결정 규칙", "Decision rules"),
    learning=("신경망의 학습 곡선", "Learning curves of the networks"),
    tuning=("튜닝", "Tuning"),
    failures=("끝나지 않은 작업", "Jobs that did not finish"),
    data=("자료", "Data sets"),
    environment=("재현에 필요한 정보", "How to reproduce it"),
)

_LEADS = phrases.table(
    lead_checks=(
        "점수를 믿어도 되는지 확인한 항목입니다. 코드(TB…)를 누르면 그 점검이 왜 필요하고 무엇을 하면 되는지 볼 수 "
        "있습니다.",
        "What was checked before a score is believed. Follow a code (TB…) to see why it matters and what to do.",
    ),
    lead_leaderboard=(
        "구간은 95% 신뢰구간입니다. ‘동률’은 가장 나은 모델과의 차이가 우연일 수 있다는 뜻입니다"
        "(같은 행에서의 대응 검정, Holm 보정).",
        "Intervals are 95% confidence intervals. “Tied” means that the difference to the best may be chance "
        "(paired test on the same rows, Holm-corrected).",
    ),
    lead_errors=(
        "행은 실제 라벨, 열은 모델의 답이며, 대각선이 맞힌 수입니다. 밑줄 친 수를 누르면 그렇게 틀린 문장을 볼 수 "
        "있습니다.",
        "Rows are the given labels, columns the answers; the diagonal is what was right. An underlined count leads to "
        "texts that were mistaken that way.",
    ),
    lead_calibration=(
        "모델이 말한 확신도와 실제로 맞힌 비율입니다. 점선에 가까울수록 확신도를 믿을 수 있고, 점선 아래는 지나친 "
        "확신입니다. 행이 너무 적은 구간은 그리지 않고 표에만 적었습니다. ECE는 점선과의 평균 거리이며, 작을수록 "
        "좋습니다.",
        "Stated confidence against the share of right answers: the closer to the dotted line, the more it can be "
        "believed; below the line is overconfidence. Bins with too few rows stand in the table only. ECE is the mean "
        "distance from the line; lower is better.",
    ),
    lead_decisions=(
        "같은 확률에서 답을 고르는 세 가지 방법을 견줍니다. 비용은 등급 차이의 제곱이며, 중증도 등급에서는 실제보다 덜 "
        "급하다고 답하면 다섯 배로 칩니다. 확률은 다른 폴드에서 정한 온도로 보정했습니다(공식 분할은 보정하지 않음). "
        "모델마다 실제 평균 비용이 가장 낮은 규칙에 ✓를 붙였습니다. 먼 등급의 확률이 부풀려져 있으면, 기대 비용이 가장 "
        "낮은 등급을 골라도 실제로는 더 비쌀 수 있습니다.",
        "Three ways to answer from the same probabilities. An error costs the square of its distance, on triage "
        "levels five times as much where the answer is less urgent than the patient. Probabilities are calibrated by a "
        "temperature fitted on the other folds (an official split: as they are). ✓: the lowest mean cost that a model "
        "came to. Where the probability of distant levels is inflated, the answer of lowest expected cost can turn out "
        "dearer.",
    ),
    lead_own_costs=(
        "같은 확률에서 답을 고르는 방법을 견줍니다. 비용은 직접 주신 표의 값입니다. 확률은 다른 폴드에서 정한 온도로 "
        "보정했습니다(공식 분할은 보정하지 않음). 모델마다 실제 평균 비용이 가장 낮은 규칙에 ✓를 붙였습니다.",
        "Ways to answer from the same probabilities. What an error costs is what your table says. Probabilities are "
        "calibrated by a temperature fitted on the other folds (an official split: as they are). ✓: the lowest mean "
        "cost that a model came to.",
    ),
    lead_learning=(
        "굵은 선은 폴드 평균, 옅은 선은 폴드 하나하나입니다. 조기 종료로 폴드마다 에포크 수가 다를 수 있습니다.",
        "Bold lines are means over folds, faint lines single folds. With early stopping, folds may end at different "
        "epochs.",
    ),
    lead_tuning=(
        "튜닝은 학습 행 안에서만 했습니다. ‘낙관’은 안쪽 점수가 바깥쪽 점수보다 얼마나 후했는지입니다.",
        "Tuning saw training rows only. “Optimism” is by how much the inner score promised more than the outer one "
        "kept.",
    ),
    lead_data=(
        "무엇을 읽었고, 읽으면서 무엇을 세었는지입니다.",
        "What was read, and what was counted on the way.",
    ),
    no_failures=("계획한 작업이 모두 끝났습니다.", "Every planned job finished."),
    no_learning=("에포크마다 기록을 남긴 모델이 없습니다.", "No model left a record per epoch."),
    no_tuning=("이 실행에서는 튜닝하지 않았습니다.", "Nothing was tuned in this run."),
    no_models=("끝까지 측정된 모델이 없습니다.", "No model was measured to the end."),
    no_verdict=("판정할 수 있는 자료가 없습니다.", "There is no data set to judge."),
    no_checks=("점검할 자료가 없습니다.", "There is no data set to check."),
    no_rows=("비교할 모델이 없습니다.", "There is no model to compare."),
)

_OUTCOMES = phrases.table(
    outcome_issue=("문제", "Issue"),
    outcome_tip=("참고", "Tip"),
    outcome_passed=("통과", "Passed"),
    outcome_skipped=("판단 못 함", "Not judged"),
    outcome_not_applicable=("해당 없음", "Not applicable"),
    outcome_muted=("숨김", "Muted"),
    area_none=("이상 없음", "Sound"),
    area_data=("자료", "Data"),
    area_language=("언어 처리", "Language"),
    area_model=("모델", "Model"),
    area_evaluation=("평가 방법", "Evaluation"),
    area_undecided=("판단 못 함", "Undecided"),
    status_ok=("완료", "Done"),
    status_failed=("실패", "Failed"),
    status_skipped=("건너뜀", "Skipped"),
    status_timeout=("시간 초과", "Timed out"),
    status_memory=("메모리 부족", "Out of memory"),
    status_invalid=("잘못된 출력", "Invalid output"),
    status_killed=("강제 종료", "Killed"),
    status_not_run=("실행 전", "Not run"),
    role_target=("대상 자료", "Target"),
    role_reference=("참조 자료", "Reference"),
    scale_nominal=("순서 없는 클래스", "Unordered classes"),
    scale_ordinal=("순서 있는 등급", "Ordered classes"),
    scale_triage=("중증도 등급", "Triage levels"),
    split_official=("공식 분할", "Official split"),
    split_grouped=("그룹 단위 교차검증", "Grouped cross-validation"),
    split_stratified=("층화 교차검증", "Stratified cross-validation"),
    split_none=("분할 없음", "No split"),
    repeats=("반복", "Repeats"),
    train_rows=("학습 행", "Training rows"),
    purpose_benchmark=("순위 비교", "Benchmark"),
    purpose_shuffled=("라벨 섞기 대조", "Shuffled-labels control"),
    purpose_fit_32=("32행 외우기 대조", "Fit-32-rows control"),
)

_COLUMNS = phrases.table(
    rank=("순위", "Rank"),
    model=("모델", "Model"),
    interval=("95% 구간", "95% interval"),
    difference=("최고와의 차이", "Against the best"),
    p_value=("보정 p", "Holm p"),
    fit=("학습(초)", "Fit (s)"),
    predict=("예측(행/초)", "Predict (rows/s)"),
    status=("상태", "Status"),
    tied=("동률", "tied"),
    tuned=("튜닝", "tuned"),
    default=("기본값", "default"),
    all_metrics=("모든 지표", "Every metric"),
    ensemble=("앙상블", "ensemble"),
    rule=("결정 규칙", "Rule"),
    rule_argmax=("가장 확률이 높은 등급", "Most probable level"),
    rule_expected_level=("기대 등급(반올림)", "Expected level, rounded"),
    rule_cost_optimal=("기대 비용이 가장 낮은 등급", "Lowest expected cost"),
    expected_cost=("평균 비용", "Mean cost"),
    temperature=("온도", "Temperature"),
    given=("실제 라벨", "Given label"),
    answered=("모델의 답", "Answered"),
    rows=("행", "Rows"),
    label=("클래스", "Class"),
    level=("등급", "Level"),
    precision=("정밀도", "Precision"),
    recall=("재현율", "Recall"),
    f1=("F1", "F1"),
    epoch=("에포크", "Epoch"),
    folds=("폴드", "Folds"),
    train_loss=("학습 손실", "Training loss"),
    validation_loss=("검증 손실", "Validation loss"),
    train_score=("학습 점수", "Training score"),
    validation_score=("검증 점수", "Validation score"),
    confidence=("확신도(평균)", "Confidence (mean)"),
    bin=("확신도 구간", "Confidence from–to"),
    share_right=("맞힌 비율", "Share right"),
    ece=("보정 오차(ECE)", "Calibration error (ECE)"),
    trials=("시도(폴드 합계)", "Trials (all folds)"),
    complete=("끝냄", "Complete"),
    pruned=("중단", "Pruned"),
    failed=("실패", "Failed"),
    tuned_score=("튜닝 점수", "Tuned"),
    default_score=("기본값 점수", "Default"),
    gain=("이득", "Gain"),
    inner_score=("안쪽 점수", "Inner score"),
    optimism=("낙관", "Optimism"),
    search_seconds=("탐색(초)", "Search (s)"),
    parameter=("매개변수", "Parameter"),
    chosen=("폴드별로 고른 값", "Chosen, fold by fold"),
    range=("범위", "Range"),
    range_space=("탐색 공간", "search space"),
    range_tried=("시도한 값", "values tried"),
    at_edge=("범위 끝", "at the edge"),
    dataset=("자료", "Data set"),
    purpose=("목적", "Purpose"),
    jobs=("작업", "Jobs"),
    reason=("사유", "Reason"),
    cure=("해결 방법", "What to do"),
    number=("수", "Count"),
)

_PHRASES = phrases.table(
    confidence_of=("확신도", "confidence"),
    best_model=("가장 나은 모델", "Best model"),
    next=("다음 할 일", "Next step"),
    skipped_sets=("건너뛴 자료", "Skipped data sets"),
    skipped_why=(
        "여기에 없고 내려받지도 못한 자료입니다. 다음 실행 때 다시 시도합니다.",
        "Not here, and not to be downloaded. The next run tries again.",
    ),
    more_steps=("그다음 할 일", "Further steps"),
    evidence=("근거", "Evidence"),
    verdict_rests_on=("판정의 근거", "What the verdict rests on"),
    other_causes=("의심되는 원인", "Suspected causes"),
    cleared=("배제한 원인", "Ruled out"),
    expected_claim=("기대한 것", "Expected"),
    why=("왜 중요한가", "Why it matters"),
    threshold=("판단 기준", "Where the line is drawn"),
    what_checks_mean=("점검 코드의 뜻", "What the codes mean"),
    passed_checks=("통과한 점검", "Checks that passed"),
    check=("점검", "Check"),
    every_check=("자료별 점검 결과 한눈에 보기", "All checks on all data sets"),
    other_checks=("판단하지 않은 점검", "Checks that did not apply or could not run"),
    filter=("모델이나 자료로 거르기", "Filter by model or data set"),
    shown_rows=("보이는 행", "rows shown"),
    detectable=(
        "이 자료로 구별할 수 있는 가장 작은 차이",
        "smallest difference that this data can show",
    ),
    independent=("서로 독립인 묶음", "independent units"),
    scored_rows=("채점한 행", "scored rows"),
    tied_models=("동률인 모델", "models tied at the top"),
    higher=("높을수록 좋습니다.", "Higher is better."),
    lower=("낮을수록 좋습니다.", "Lower is better."),
    mixed_up=("가장 자주 헷갈린 것", "Most often mixed up"),
    all_right=("헷갈린 것이 없습니다.", "Nothing was mixed up."),
    table_behind=("그래프의 수치", "Numbers behind the chart"),
    caption_loss=("에포크별 손실(가로: 에포크, 세로: 손실)", "Loss by epoch (across: epoch, up: loss)"),
    caption_score=("에포크별 점수(가로: 에포크, 세로: 매크로 F1)", "Score by epoch (across: epoch, up: macro-F1)"),
    caption_calibration=(
        "확신도와 맞힌 비율(가로: 확신도, 세로: 맞힌 비율)",
        "Confidence and share right (across: confidence, up: share right)",
    ),
    caption_tuning=(
        "시도에 따른 최고 안쪽 점수(가로: 시도, 세로: 점수)",
        "Best inner score by trial (across: trial, up: score)",
    ),
    first_failure=("실패한 첫 시도", "First failed trial"),
    chosen_parameters=("고른 매개변수", "Chosen parameters"),
    classes=("클래스별 행 수", "Rows per class"),
    n_classes=("클래스", "classes"),
    n_rows=("행", "rows"),
    notices=("읽으면서 확인한 것", "Noticed while reading"),
    no_notices=("특이한 점이 없습니다.", "Nothing unusual."),
    facts=("자료에서 센 것", "Counted in the data"),
    licence=("이용 조건", "Licence"),
    origin=("출처", "Origin"),
    digest=("내용 지문", "Content digest"),
    expected=("알려진 매크로 F1 범위", "Known macro-F1 band"),
    ceiling=("이론상 최고 정확도", "Highest possible accuracy"),
    human=("사람의 정확도", "Accuracy of people"),
    command=("명령", "Command"),
    copy=("복사", "Copy"),
    copied=("복사했습니다", "Copied"),
    seed=("시드", "Seed"),
    run_id=("실행 번호", "Run id"),
    started=("시작", "Started"),
    took=("걸린 시간(초)", "Wall time (s)"),
    suite=("구성", "Suite"),
    budget=("예산", "Budget"),
    versions=("버전", "Versions"),
    machine=("기기", "Machine"),
    files=("함께 있는 파일", "Files beside this page"),
    of_jobs=("개 작업", "jobs"),
    jobs_ok=("완료", "done"),
    jobs_failed=("실패", "failed"),
    jobs_skipped=("건너뜀", "skipped"),
    jobs_reused=("이전 결과 사용", "reused"),
    jobs_not_run=("실행 전", "not run"),
    matrix=("혼동 행렬", "Confusion matrix"),
    per_class=("클래스별 점수", "Scores per class"),
    language=("언어", "Language"),
    contents=("차례", "Contents"),
    offline=(
        "이 페이지는 파일 하나로 완결되며 외부에서 아무것도 불러오지 않습니다.",
        "This page is one file and loads nothing from elsewhere.",
    ),
    all_numbers=(
        "여기에 있는 모든 수치는 report.json에도 있습니다.",
        "Every number shown here also stands in report.json.",
    ),
)

_SPLITS = {
    "split_near-duplicate": Sentence("유사 문장 묶음 단위 교차검증", "Near-duplicate-grouped cross-validation"),
}

WORDS: Mapping[str, Sentence] = MappingProxyType(
    {
        **_HEADINGS,
        **_LEADS,
        **_OUTCOMES,
        **_SPLITS,
        **_COLUMNS,
        **_PHRASES,
        **{name: said for part in phrases.PARTS for name, said in part.items()},
    }
)
"""Every fixed word of the page, by name."""

STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "ok": "status_ok",
        "failed": "status_failed",
        "skipped": "status_skipped",
        "timeout": "status_timeout",
        "out-of-memory": "status_memory",
        "invalid-output": "status_invalid",
        "killed": "status_killed",
        "not-run": "status_not_run",
    }
)
"""Status of a record → name in `WORDS`."""

PURPOSE_WORDS: Mapping[str, str] = MappingProxyType(
    {"benchmark": "purpose_benchmark", "shuffled-labels": "purpose_shuffled", "fit-32": "purpose_fit_32"}
)
"""Purpose of a protocol → name in `WORDS`; others are shown as they are."""
